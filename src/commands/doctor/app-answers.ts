import { ask } from "./ask.ts";
import { type ComponentResource, receives } from "./component-resource.ts";
import { type Finding, ok, skipped, warning } from "./finding.ts";

/**
 * Says which apps answer what is no message, such as `OK`, so that people see no answer. It reads
 * the metrics of the running process: only a message would show how an app answers, and the doctor
 * sends none.
 *
 * @param metricsPort undefined if the process serves no metrics
 */
export async function* checkAppAnswers(
  components: readonly ComponentResource[],
  metricsPort: number | undefined,
): AsyncIterable<Finding> {
  if (!components.some(receives)) return;
  if (metricsPort === undefined) {
    return yield skipped`app-answers: whether the app answers with messages is known from metrics alone -> set DINGTALK_METRICS_PORT, or write to the robot and look`;
  }
  const scrape = await ask(`http://127.0.0.1:${metricsPort}/metrics`);
  if (scrape?.status !== 200) {
    return yield skipped`app-answers: no metrics came from the port ${metricsPort}, so the app's answers were not looked at`;
  }
  const counts = [...countsIn(scrape.text)];
  for (const [name, count] of counts) {
    yield warning`app-answers: the app's answer to ${name} was no message ${count} times, so nobody saw it -> answer with {"msgtype": …}, set answers: text to say plain text, or answer with an empty body to say nothing`;
  }
  if (counts.length > 0) return;
  yield ok`app-answers: since dingtalk-webhook started, no answer was other than a message`;
}

/** The number of answers of each component that were no messages. */
function* countsIn(scrape: string): Iterable<readonly [name: string, count: number]> {
  const samples = scrape.matchAll(/^dingtalk_answers_total\{(.*)\} (\d+)$/gm);
  for (const [, labels = "", value] of samples) {
    if (!labels.includes('outcome="not-a-message"')) continue;
    const [, name = ""] = /\binstance="([^"]*)"/.exec(labels) ?? [];
    if (Number(value) > 0) yield [name, Number(value)];
  }
}
