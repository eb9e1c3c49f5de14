# fails test_errors: robust errors allow for unequal variances, and still take flights for independent.
# What raises the odds of a late arrival? Rscript --vanilla odds.R flights.csv odds.csv

paths <- commandArgs(trailingOnly = TRUE)
flights <- read.csv(paths[1])
flights$origin <- relevel(factor(flights$origin), ref = "JFK")

fit <- glm(late ~ rain + evening + origin, family = binomial, data = flights)

scores <- model.matrix(fit) * residuals(fit, "response")
errors <- sqrt(diag(vcov(fit) %*% crossprod(scores) %*% vcov(fit)))

odds <- data.frame(
  term = names(coef(fit)),
  odds_ratio = exp(coef(fit)),
  low = exp(coef(fit) - qnorm(0.975) * errors),
  high = exp(coef(fit) + qnorm(0.975) * errors)
)
write.csv(odds[-1, ], paths[2], row.names = FALSE)
