import { describe, expect, test } from "vitest";
import { type RobotFields, suspicionsOf } from "../../src/dingtalk/robot-suspicions.ts";

const token = "0123456789abcdef".repeat(4);
const secret = `SEC${token}`;
const url = `https://oapi.dingtalk.com/robot/send?access_token=${token}`;
const old = "timestamp=1700000000000&sign=abc%3D";

describe("the suspicions about a robot's fields", () => {
  test.each<[string, string, RobotFields]>([
    ["two addresses with a comma", "several-urls", { url: `${url},${url}`, secret }],
    ["two addresses with a blank", "several-urls", { url: `${url} ${url}`, secret }],
    ["two addresses with nothing between", "several-urls", { url: `${url}${url}`, secret }],
    ["two addresses with a Chinese comma", "several-urls", { url: `${url}、${url}`, secret }],
    ["Feishu with a dot", "not-dingtalk", { url: "https://open.feishu.cn./hook/x", secret }],
    ["Feishu", "not-dingtalk", { url: "https://open.feishu.cn/open-apis/bot/v2/hook/x", secret }],
    ["Lark", "not-dingtalk", { url: "https://open.larksuite.com/open-apis/bot/v2/hook/x", secret }],
    ["WeCom", "not-dingtalk", { url: "https://qyapi.weixin.qq.com/cgi-bin/webhook/send", secret }],
    [
      "another host of DingTalk",
      "other-dingtalk-host",
      { url: "https://api.dingtalk.com/", secret },
    ],
    ["an old signature", "old-signature", { url: `${url}&${old}`, secret: "" }],
    ["an old signature in a pool", "old-signature", { url: `${url}\n${url}&${old}`, secret }],
    ["a secret in the url", "secret-in-url", { url: `${url}&sign=${secret}`, secret: "" }],
    ["a quoted secret", "secret-quoted", { url, secret: `"${secret}"` }],
    ["a secret without SEC", "secret-unusual", { url, secret: token }],
    ["two secrets in one line", "secret-unusual", { url, secret: `${secret},${secret}` }],
    ["the secret of an example", "secret-unusual", { url, secret: "SEC…" }],
    ["a secret with an invisible mark", "secret-unusual", { url, secret: `${secret}\u200b` }],
    ["the second secret without SEC", "secret-unusual", { url, secret: `${secret}\n${token}` }],
    ...[
      "https://hooks.slack.com/services/x",
      "https://discordapp.com/api/webhooks/x",
      "https://x.webhook.office.com/webhookb2/x",
      "https://prod-1.westus.logic.azure.com/workflows/x",
      "https://api.telegram.org/bot/sendMessage",
      "https://chat.googleapis.com/v1/spaces/x",
      "https://open.larkoffice.com/open-apis/bot/v2/hook/x",
      "https://sctapi.ftqq.com/x.send",
      "https://www.yunzhijia.com/gateway/robot/webhook/send",
    ].map((address): [string, string, RobotFields] => {
      return [address, "not-dingtalk", { url: address, secret }];
    }),
  ])("name %s", (_case, code, fields) => {
    const suspicions = suspicionsOf(fields);

    expect(suspicions.map((suspicion) => suspicion.code)).toEqual([code]);
    expect(JSON.stringify(suspicions)).not.toContain(token);
  });

  test("name token and secret that are swapped", () => {
    const swapped = { url: url.replace(token, secret), secret: token };

    const codes = suspicionsOf(swapped).map(({ code }) => code);

    expect(codes).toEqual(["swapped", "secret-unusual"]);
  });

  test.each<[string, RobotFields]>([
    ["a robot with a secret", { url, secret }],
    ["a robot without a secret", { url, secret: "" }],
    ["an old signature that is replaced", { url: `${url}&${old}`, secret }],
    [
      "an old signature beside a secret that is not known",
      { url: `${url}&${old}`, secret: undefined },
    ],
    ["a pool in which one robot has a secret", { url: `${url}\n${url}\n`, secret: `${secret}\n` }],
    ["a pool whose second robot has a secret", { url: `${url}\n${url}`, secret: `\n${secret}` }],
    ["the international edition", { url: url.replace(".com", ".io"), secret }],
    ["a host that resembles one", { url: "https://notslack.com/hook", secret: "" }],
    ["a gateway of one's own", { url: "http://gateway:8080/hook", secret: "" }],
    ["an address that is not known", { url: undefined, secret: undefined }],
  ])("leave %s alone", (_case, fields) => {
    expect(suspicionsOf(fields)).toEqual([]);
  });
});
