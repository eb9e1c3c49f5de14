"""A gate runs suites on the batches of one boundary, publishes the results, and raises if any check failed."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import great_expectations as gx
import pandas as pd
from great_expectations.core import ExpectationSuiteValidationResult

from expectations.gate import data_docs
from expectations.gate.failure import GateFailed, describe


class Gate:
    """Call :meth:`check` for each suite and batch, then :meth:`close`.

    A gate makes one (ephemeral) Great Expectations context for all its suites, because creating one takes long.
    """

    def __init__(self) -> None:
        context = gx.get_context(mode="ephemeral")
        context.enable_analytics(False)
        context.variables.progress_bars = {"globally": False}
        asset = context.data_sources.add_pandas("lake").add_dataframe_asset("batch")
        self._batches = asset.add_batch_definition_whole_dataframe("whole")
        self._pages: list[data_docs.Page] = []
        self._failures: list[str] = []
        self._warnings: list[str] = []
        self.checks_passed = 0
        self.checks_failed = 0

    def check(
        self,
        suite: gx.ExpectationSuite,
        batch: pd.DataFrame,
        partitions: Sequence[str],
        parameters: Mapping[str, object] | None = None,
    ) -> bool:
        """Run a suite on a batch that holds these partitions; ``parameters`` fill its ``$PARAMETER`` values.

        Prints one line and returns whether all expectations hold, apart from those with severity ``warning``, whose
        unexpected values are printed and returned as warnings. :meth:`close` raises for failures, so that one run
        reports all of them.
        """
        whole = self._batches.get_batch(batch_parameters={"dataframe": batch})

        def validate(result_format: str) -> ExpectationSuiteValidationResult:
            return whole.validate(suite, result_format=result_format, expectation_parameters=dict(parameters or {}))

        result = validate("BASIC")
        if not result.success:
            # Only SUMMARY says which rows fail. It takes a quarter longer, so we use it only for batches that fail.
            result = validate("SUMMARY")
        passed, failed = result.statistics["successful_expectations"], result.statistics["unsuccessful_expectations"]
        # The renderer cannot format numpy's numbers; JSON turns them into Python's.
        content = json.loads(json.dumps(result.to_json_dict()))
        failed_checks = [check for check in content["results"] if not check["success"]]
        warned = [check for check in failed_checks if check["expectation_config"].get("severity") == "warning"]
        content["success"] = success = len(warned) == len(failed_checks)
        self.checks_passed += passed
        self.checks_failed += failed - len(warned)
        name = f"{suite.name} {data_docs.partition_label(partitions)}"
        print(f"{'passed' if success else 'FAILED'}: {name}, {passed} of {passed + failed} checks")
        for check in warned:
            texts = list(dict.fromkeys(map(str, check["result"].get("partial_unexpected_list", []))))
            self._warnings += [f"{name}: {text}" for text in texts]
            print("".join(f"  WARNING: {text}\n" for text in texts), end="")
        if not success:
            self._failures.append(describe(name, content, batch))
        self._pages.append(data_docs.Page.of(suite.name, partitions, content))
        return success

    def close(self, partitions: int, rows: int, consequence: str, advice: str) -> dict[str, Any]:
        """Publish the Data Docs, then return the counts of checks, partitions and rows, and the ``warnings``.

        Raises :class:`GateFailed` if a check failed. The message describes every failure; ``consequence`` says what did
        not happen because of it, and ``advice`` what to do.
        """
        index = data_docs.publish(self._pages)
        if self._failures:
            ending = f"{consequence}\nWhat to do: {advice}"
            message = "\n\n".join([*self._failures, ending, f"Data Docs: {index}"])
            print(f"\n{message}")
            raise GateFailed(message)
        return {
            "checks_passed": self.checks_passed,
            "checks_failed": self.checks_failed,
            "partitions": partitions,
            "rows": rows,
            "warnings": self._warnings,
        }
