"""What the published warehouse tells: statistics, types of days, unusual days, leaks; the report shows them."""
