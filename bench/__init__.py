"""When do you need Spark? The cleaning of flights in four engines: checked to agree, then measured."""
