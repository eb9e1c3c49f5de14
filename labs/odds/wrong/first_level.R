# fails test_table: without relevel, the reference is the first airport in the alphabet.
# What raises the odds of a late arrival? Rscript --vanilla odds.R flights.csv odds.csv

paths <- commandArgs(trailingOnly = TRUE)
flights <- read.csv(paths[1])

fit <- glm(late ~ rain + evening + origin, family = binomial, data = flights)

# What sandwich::vcovCL(fit, cluster = ~day) computes: the scores of a day are added up before they are squared.
scores <- rowsum(model.matrix(fit) * residuals(fit, "response"), flights$day)
errors <- sqrt(diag(vcov(fit) %*% crossprod(scores) %*% vcov(fit)))

odds <- data.frame(
  term = names(coef(fit)),
  odds_ratio = exp(coef(fit)),
  low = exp(coef(fit) - qnorm(0.975) * errors),
  high = exp(coef(fit) + qnorm(0.975) * errors)
)
write.csv(odds[-1, ], paths[2], row.names = FALSE)
