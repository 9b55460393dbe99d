import { isObject, type JsonObject, objectIn } from "../base/json.ts";
import { areTexts, type FormRow, sendSample, writeSample } from "./foreign-form.ts";
import { keysOf } from "./spelling.ts";

const writeAlerts = `write a message of its alerts: ${sendSample}`;

/** What tools of operations and of development post to a webhook. The first that matches counts. */
export const eventForms: readonly FormRow[] = [
  {
    name: "a Grafana notification",
    remedy: writeAlerts,
    matches: ({ alerts, orgId, ruleName, ruleId, state }) =>
      (Array.isArray(alerts) && orgId !== undefined) ||
      ((ruleName ?? ruleId) !== undefined && typeof state === "string"),
  },
  {
    name: "an Alertmanager notification",
    remedy: writeAlerts,
    matches: ({ alerts, ...others }) =>
      Array.isArray(alerts) && ["groupKey", "receiver", "status"].some((key) => key in others),
  },
  {
    name: "an alert of Alertmanager or Grafana",
    remedy: writeSample,
    matches: ({ status, labels, annotations, startsAt }) =>
      status === "firing" ||
      (isObject(labels) && (isObject(annotations) || startsAt !== undefined)),
  },
  {
    name: "an alarm of SkyWalking",
    remedy: writeSample,
    matches: ({ scopeId, alarmMessage }) => scopeId !== undefined && areTexts(alarmMessage),
  },
  {
    name: "an event of GitLab",
    remedy: writeSample,
    matches: ({ object_kind, event_name, project_id }) =>
      areTexts(object_kind) || (areTexts(event_name) && project_id !== undefined),
  },
  {
    name: "an event of GitHub, Gitea or Gitee",
    remedy: writeSample,
    matches: (body) =>
      areTexts(objectIn(body, "repository").full_name) ||
      (areTexts(body.action) && areTexts(objectIn(body, "sender").login)) ||
      (body.hook_id !== undefined && areTexts(body.zen)),
  },
  {
    name: "a notification of Jenkins",
    remedy: writeSample,
    matches: ({ build, buildUrl, build_url, BUILD_URL }) =>
      (isObject(build) && areTexts(build.phase ?? build.full_url ?? build.status)) ||
      areTexts(buildUrl ?? build_url ?? BUILD_URL),
  },
  {
    name: "a notification of Zabbix",
    remedy: writeSample,
    matches: (body) =>
      zabbixFields.some((field) => field in body) ||
      ((body.event_id ?? body.eventid) !== undefined && keysOf(body).some(isZabbixKey)),
  },
  {
    name: "a mail of Zabbix (subject, message)",
    keys: ["to", "subject", "message", "sendto", "from"],
    remedy: sendSample,
    matches: ({ subject, message }) => areTexts(subject, message),
  },
  {
    name: "a notification of Amazon SNS",
    remedy: "write a message of its Message",
    matches: ({ Type, TopicArn }) => areTexts(Type, TopicArn),
  },
  {
    name: "an alert of Azure Monitor",
    remedy: writeSample,
    matches: ({ schemaId, data }) => areTexts(schemaId) && isObject(data),
  },
  {
    name: "a Kubernetes object",
    remedy: writeSample,
    matches: ({ apiVersion, kind, metadata }) => areTexts(apiVersion, kind) && isObject(metadata),
  },
  {
    name: "a notification of Uptime Kuma",
    remedy: "send its msg",
    matches: ({ heartbeat, monitor, msg }) =>
      areTexts(msg) && (heartbeat !== undefined || monitor !== undefined),
  },
  {
    name: "an issue of Sentry",
    remedy: writeSample,
    matches: ({ culprit, action, data, installation }) =>
      typeof culprit === "string" || (areTexts(action) && isObject(data) && isObject(installation)),
  },
  {
    name: "an alert of a cloud's monitoring",
    remedy: writeSample,
    matches: ({ incident, version, alertName, alertState }) =>
      (isObject(incident) && version !== undefined) || areTexts(alertName, alertState),
  },
  {
    name: "an alert of Nightingale",
    remedy: writeSample,
    matches: ({ rule_name, severity }) => areTexts(rule_name) && severity !== undefined,
  },
  {
    name: "a report of SonarQube",
    remedy: writeSample,
    matches: ({ taskId, qualityGate }) => areTexts(taskId) && isObject(qualityGate),
  },
  {
    name: "an event of Jira",
    remedy: writeSample,
    matches: ({ webhookEvent }) => areTexts(webhookEvent),
  },
  {
    name: "an event of Harbor",
    remedy: writeSample,
    matches: ({ type, occur_at, event_data }: JsonObject) =>
      areTexts(type) && occur_at !== undefined && isObject(event_data),
  },
];

/** A name as in the examples of Zabbix's webhooks. */
function isZabbixKey(key: string): boolean {
  return /^(?:trigger|host)[._]?[a-z]/i.test(key);
}

/** Zabbix lets its users name the fields. Its own media types have at least one of these. */
const zabbixFields = [
  ...["alert_subject", "alert_message", "event_source", "event_nseverity", "event_update_status"],
  ...["trigger_id", "trigger_name", "trigger_description", "zabbix_url"],
];
