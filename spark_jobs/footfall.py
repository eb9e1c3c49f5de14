"""Pedestrians of Auckland: one clean row for each row of the publisher."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from ontime.datasets.footfall import DATASET
from spark_jobs.engine.clean_columns import out_of_bounds
from spark_jobs.engine.raw_columns import RawColumns, any_of, format_name
from spark_jobs.engine.rules import apply_rules, is_malformed, is_wrong_month, split_good_and_bad

#: The publisher's columns as SQL, by their names in the clean table.
MAPPINGS = {
    "footfall": {
        "date": "`date`",
        "hour": "`hour`",
        "footfall_year": "`year`",
        "footfall_1_courthouse_lane": "`1 Courthouse Lane`",
        "footfall_107_quay_street": "`107 Quay Street`",
        "footfall_150_k_road": "`150 K Road`",
        "footfall_183_k_road": "`183 K Road`",
        "footfall_188_quay_street_lower_albert_ew": "`188 Quay Street Lower Albert (EW)`",
        "footfall_188_quay_street_lower_albert_ns": "`188 Quay Street Lower Albert (NS)`",
        "footfall_19_shortland_street": "`19 Shortland Street`",
        "footfall_2_high_street": "`2 High Street`",
        "footfall_205_queen_street": "`205 Queen Street`",
        "footfall_210_queen_street": "`210 Queen Street`",
        "footfall_261_queen_street": "`261 Queen Street`",
        "footfall_297_queen_street": "`297 Queen Street`",
        "footfall_30_queen_street": "`30 Queen Street`",
        "footfall_45_queen_street": "`45 Queen Street`",
        "footfall_59_high_street": "`59 High Street`",
        "footfall_61_federal_street": "`61 Federal Street`",
        "footfall_7_custom_street_east": "`7 Custom Street East`",
        "footfall_8_darby_street_ew": "`8 Darby Street EW`",
        "footfall_8_darby_street_ns": "`8 Darby Street NS`",
        "commerce_street_west": "`Commerce Street West`",
        "te_ara_tahuhu_walkway": "`Te Ara Tahuhu Walkway`",
    },
}


def clean(rows: DataFrame) -> tuple[DataFrame, DataFrame]:
    """Return clean rows and rejected rows."""
    raw = RawColumns(MAPPINGS[format_name(rows, DATASET)])
    texts = {
        "hour": raw["hour"],
        "footfall_188_quay_street_lower_albert_ew": raw["footfall_188_quay_street_lower_albert_ew"],
        "footfall_188_quay_street_lower_albert_ns": raw["footfall_188_quay_street_lower_albert_ns"],
    }
    numbers = {
        "footfall_year": raw.whole_number("footfall_year"),
        "footfall_1_courthouse_lane": raw.number("footfall_1_courthouse_lane"),
        "footfall_107_quay_street": raw.number("footfall_107_quay_street"),
        "footfall_150_k_road": raw.number("footfall_150_k_road"),
        "footfall_183_k_road": raw.number("footfall_183_k_road"),
        "footfall_19_shortland_street": raw.number("footfall_19_shortland_street"),
        "footfall_2_high_street": raw.number("footfall_2_high_street"),
        "footfall_205_queen_street": raw.number("footfall_205_queen_street"),
        "footfall_210_queen_street": raw.number("footfall_210_queen_street"),
        "footfall_261_queen_street": raw.number("footfall_261_queen_street"),
        "footfall_297_queen_street": raw.number("footfall_297_queen_street"),
        "footfall_30_queen_street": raw.number("footfall_30_queen_street"),
        "footfall_45_queen_street": raw.number("footfall_45_queen_street"),
        "footfall_59_high_street": raw.number("footfall_59_high_street"),
        "footfall_61_federal_street": raw.number("footfall_61_federal_street"),
        "footfall_7_custom_street_east": raw.number("footfall_7_custom_street_east"),
        "footfall_8_darby_street_ew": raw.number("footfall_8_darby_street_ew"),
        "footfall_8_darby_street_ns": raw.number("footfall_8_darby_street_ns"),
        "commerce_street_west": raw.number("commerce_street_west"),
        "te_ara_tahuhu_walkway": raw.number("te_ara_tahuhu_walkway"),
    }
    times = {
        "date": F.try_to_timestamp(raw["date"], F.lit("yyyy-M-d")),
    }
    columns = {**texts, **numbers, **times}
    year = F.year(times["date"])
    month = F.month(times["date"])
    marked = apply_rules(
        rows,
        raw,
        columns,
        {
            "malformed_line": is_malformed(),
            "wrong_month": is_wrong_month(year, month),
            "missing_value": raw.any_missing(DATASET.required_columns),
            "invalid_number": raw.any_unreadable(numbers),
            "invalid_time": raw.any_unreadable(times),
            # TODO: add your rules, for example for two columns that contradict each other.
            "implausible_value": any_of(out_of_bounds(DATASET, columns).values()),
        },
    )
    return split_good_and_bad(marked, DATASET)
