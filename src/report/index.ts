// From the events of a run to figures that can be cited: collect while it runs, build the report at its end.
export type { CollectorInit, Delivery, Inclusion, NodeCounters } from './collector.ts'
export { Collector } from './collector.ts'
export type { LinkGraph } from './bound.ts'
export { buildReport } from './build-report.ts'
export type { ComparedFigure, Comparison, ComparisonRow, Measured, Side } from './compare.ts'
export { compare } from './compare.ts'
export { figuresOf, formatFigure, formatInterval, MAIN_FIGURES } from './figures.ts'
export { convergedAfterMs } from './faults.ts'
export type { BlockDetail, Curve, NodeDetail, ReportDetails } from './details.ts'
export { buildDetails } from './details.ts'
export { formatBytes, formatMs, shortHash } from './format.ts'
export { renderHtml } from './html.ts'
export { intervalNote, renderComparisonHtml, renderRunsHtml, seedText } from './html-runs.ts'
export type { RunFigure, Runs, RunSummary, SeedRun } from './runs.ts'
export { buildRuns } from './runs.ts'
export type { ItemTrace } from './item-trace.ts'
export type { Measurement, ReportInput } from './measurement.ts'
export { measureRun } from './measurement.ts'
export { itemIntervals, type MedianInterval, medianInterval, RUN_METHOD } from './resample.ts'
export type { HeadState } from './node-history.ts'
export type { PropagationTree, TreeRow } from './propagation-tree.ts'
export { propagationTree } from './propagation-tree.ts'
export { reportSchema } from './report-schema.ts'
export type { ReportErrorCode } from './run-directory.ts'
export {
  COMPARE_HTML,
  REPORT_HTML,
  REPORT_JSON,
  ReportError,
  RUNS_JSON,
  readReport,
  readRuns,
  writeComparison,
  writeReport,
  writeRuns
} from './run-directory.ts'
export type { Palette, SummaryOptions } from './summary.ts'
export { blockLine, PLAIN, renderSummary, runLine, sparkline } from './summary.ts'
export type * from './types.ts'
