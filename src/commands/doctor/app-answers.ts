import { ask } from "./ask.ts";
import type { ComponentResource } from "./component-resource.ts";
import { receives } from "./component-resource.ts";
import { type Finding, ok, skipped, warning } from "./finding.ts";

const answerTimeoutMs = 2000;

/**
 * Says which apps answer what is no message, such as `OK`, so that people see no answer. It reads
 * the metrics of the running process: only a message would show how an app answers, and the doctor
 * sends none.
 *
 * @param metricsPort undefined if the process serves no metrics
 */
export async function checkAppAnswers(
  components: readonly ComponentResource[],
  metricsPort: number | undefined,
): Promise<Finding[]> {
  if (!components.some(receives)) return [];
  if (metricsPort === undefined) {
    return [
      skipped`app-answers: whether the app answers with messages is known from metrics alone -> set DINGTALK_METRICS_PORT, or write to the robot and look`,
    ];
  }
  const scrape = await readMetrics(metricsPort);
  if (scrape === undefined) {
    return [
      skipped`app-answers: no metrics came from the port ${metricsPort}, so the app's answers were not looked at`,
    ];
  }
  const findings = [...countsIn(scrape)].map(
    ([name, count]) =>
      warning`app-answers: the app's answer to ${name} was no message ${count} times, so nobody saw it -> answer with {"msgtype": …}, set answers: text to say plain text, or answer with an empty body to say nothing`,
  );
  if (findings.length > 0) return findings;
  return [ok`app-answers: since dingtalk-webhook started, no answer was other than a message`];
}

/** The number of answers of each component that were no messages. */
function* countsIn(scrape: string): Iterable<readonly [name: string, count: number]> {
  for (const [, labels = "", value] of scrape.matchAll(
    /^dingtalk_answers_total\{(.*)\} (\d+)$/gm,
  )) {
    if (!labels.includes('outcome="not-a-message"')) continue;
    const [, name = ""] = /\binstance="([^"]*)"/.exec(labels) ?? [];
    if (Number(value) > 0) yield [name, Number(value)];
  }
}

async function readMetrics(port: number): Promise<string | undefined> {
  const url = `http://127.0.0.1:${port}/metrics`;
  const answer = await ask(url, { timeoutMs: answerTimeoutMs });
  return answer?.status === 200 ? answer.text : undefined;
}
