# The odds model of analysis/odds.py, fitted by R: Rscript --vanilla odds.R < question.json > answer.json
#
# In: `cells`, the columns day, late, on_time and one per factor; `levels`, of each factor, the reference first.
# Out: coefficients (log-odds) without the intercept, factor by factor; their standard errors clustered by day (Zeileis,
# Koell & Graham, "Various versatile variances", 2020); the versions of R and sandwich.

packages <- c("sandwich", "jsonlite")
# 3: a package is missing, which analysis/second_opinion.py takes for a machine without R.
if (!all(vapply(packages, requireNamespace, logical(1), quietly = TRUE))) quit(status = 3)
suppressPackageStartupMessages(for (name in packages) library(name, character.only = TRUE))

question <- fromJSON(file("stdin"))
cells <- as.data.frame(question$cells)
factors <- names(question$levels)
for (name in factors) cells[[name]] <- factor(cells[[name]], levels = question$levels[[name]])

fit <- glm(
  reformulate(factors, response = "cbind(late, on_time)"),
  family = binomial, data = cells, control = glm.control(epsilon = 1e-14, maxit = 100)
)
errors <- sqrt(diag(vcovCL(fit, cluster = cells$day, type = "HC1")))

answer <- list(
  versions = list(R = as.character(getRversion()), sandwich = as.character(packageVersion("sandwich"))),
  log_odds = I(unname(coef(fit)[-1])),
  errors = I(unname(errors[-1]))
)
cat(toJSON(answer, auto_unbox = TRUE, digits = NA))
