/** Made-up results with threshold files: what MITRE SAF and we must agree on, quirks and all. */
import * as fc from "fast-check";
import { resultText } from "./results.ts";
import { thresholdText } from "./thresholds.ts";

export type Pair = { results: string; threshold: string };

export const pairs: fc.Arbitrary<Pair> = fc.record({ results: resultText, threshold: thresholdText });
