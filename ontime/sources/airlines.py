"""Airlines by their two-character IATA code (Bureau of Transportation Statistics)."""

from ontime.sources.publisher import reference_command

DATASET = "airlines"

#: The columns of the publisher's file, in its order.
COLUMNS = (
    "carrier",
    "name",
)

if __name__ == "__main__":
    reference_command(DATASET)
