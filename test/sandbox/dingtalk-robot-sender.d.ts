/** What the tests use of a package that has no types. */
declare module "dingtalk-robot-sender" {
  interface Answer {
    readonly data: object;
  }

  export default class ChatBot {
    constructor(options: { baseUrl: string; accessToken: string; secret?: string | undefined });
    text(content: string, at?: object): Promise<Answer>;
    link(link: object): Promise<Answer>;
    markdown(title: string, text: string, at?: object): Promise<Answer>;
    actionCard(card: object): Promise<Answer>;
    feedCard(links: readonly object[]): Promise<Answer>;
  }
}
