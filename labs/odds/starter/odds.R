# What raises the odds of a late arrival? Rscript --vanilla odds.R flights.csv odds.csv

paths <- commandArgs(trailingOnly = TRUE)
flights <- read.csv(paths[1])

stop("not written yet")

write.csv(odds, paths[2], row.names = FALSE)
