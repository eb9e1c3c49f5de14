# fails test_odds: each factor has a model of its own, so an airport is also its timetable.
# What raises the odds of a late arrival? Rscript --vanilla odds.R flights.csv odds.csv

paths <- commandArgs(trailingOnly = TRUE)
flights <- read.csv(paths[1])
flights$origin <- relevel(factor(flights$origin), ref = "JFK")

odds <- NULL
for (model in c(late ~ rain, late ~ evening, late ~ origin)) {
  fit <- glm(model, family = binomial, data = flights)
  scores <- rowsum(model.matrix(fit) * residuals(fit, "response"), flights$day)
  errors <- sqrt(diag(vcov(fit) %*% crossprod(scores) %*% vcov(fit)))
  rows <- data.frame(
    term = names(coef(fit)),
    odds_ratio = exp(coef(fit)),
    low = exp(coef(fit) - 1.96 * errors),
    high = exp(coef(fit) + 1.96 * errors)
  )
  odds <- rbind(odds, rows[-1, ])
}
write.csv(odds, paths[2], row.names = FALSE)
