"""When do you need Spark? Four engines clean the same flights; they must agree, then their cost is measured."""
