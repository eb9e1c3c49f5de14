"""A gate: runs suites on batches, keeps the results, and lets through or raises."""

import json
from collections.abc import Mapping, Sequence

import great_expectations as gx
import pandas as pd
from great_expectations.core import ExpectationSuiteValidationResult

from expectations.gate import data_docs
from expectations.gate.gate.failure import GateFailed, describe


class Gate:
    """Suites run on the batches of one boundary; :meth:`close` decides.

    One gate makes one (ephemeral) Great Expectations context, whatever the number of suites.
    """

    def __init__(self) -> None:
        context = gx.get_context(mode="ephemeral")
        context.enable_analytics(False)
        context.variables.progress_bars = {"globally": False}
        asset = context.data_sources.add_pandas("lake").add_dataframe_asset("batch")
        self._batches = asset.add_batch_definition_whole_dataframe("whole")
        self._pages: list[data_docs.Page] = []
        self._failures: list[str] = []
        self.checks_passed = 0
        self.checks_failed = 0

    def check(
        self,
        suite: gx.ExpectationSuite,
        batch: pd.DataFrame,
        partitions: Sequence[str],
        parameters: Mapping[str, object] | None = None,
    ) -> bool:
        """Run a suite on a batch that holds these partitions; ``parameters`` fill its ``$PARAMETER``s.

        Returns whether all expectations hold. A failure is kept for :meth:`close`, so that one run reports all.
        """
        whole = self._batches.get_batch(batch_parameters={"dataframe": batch})

        def validated(result_format: str) -> ExpectationSuiteValidationResult:
            return whole.validate(suite, result_format=result_format, expectation_parameters=dict(parameters or {}))

        result = validated("BASIC")
        if not result.success:
            # Finding which rows fail costs a quarter more: only now is it worth it.
            result = validated("SUMMARY")
        passed, failed = result.statistics["successful_expectations"], result.statistics["unsuccessful_expectations"]
        self.checks_passed += passed
        self.checks_failed += failed
        # Through JSON: what renders a result cannot print numpy's numbers.
        content = json.loads(json.dumps(result.to_json_dict()))
        name = f"{suite.name} {data_docs.partition_label(partitions)}"
        print(f"{'passed' if result.success else 'FAILED'}: {name}, {passed} of {passed + failed} checks")
        if not result.success:
            self._failures.append(describe(name, content, batch))
        self._pages.append(data_docs.Page.of(suite.name, partitions, content))
        return bool(result.success)

    def close(self, partitions: int, rows: int, advice: str) -> dict[str, int]:
        """Publish the Data Docs, then return the counts, or raise :class:`GateFailed` with every failure."""
        index = data_docs.publish(self._pages)
        if self._failures:
            message = "\n\n".join([*self._failures, f"What to do: {advice}", f"Data Docs: {index}"])
            print(f"\n{message}")
            raise GateFailed(message)
        return {
            "checks_passed": self.checks_passed,
            "checks_failed": self.checks_failed,
            "partitions": partitions,
            "rows": rows,
        }
