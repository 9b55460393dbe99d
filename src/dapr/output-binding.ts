import type { OutputBindingHandlers } from "./gen/dapr/proto/components/v1/OutputBinding.ts";
import type { Instances } from "./instances.ts";
import { type HandlerEnvironment, unary } from "./unary.ts";

/** Translates daprd's calls to the outside world. */
export function outputBinding(
  instances: Instances,
  environment: HandlerEnvironment,
): OutputBindingHandlers {
  return {
    Init: unary(environment, async ({ metadata }, context) => {
      await instances.init(
        { direction: "output", properties: metadata?.properties ?? {} },
        context,
      );
      return {};
    }),
    Invoke: unary(environment, async (request, context) => {
      const { data, metadata } = await instances
        .get(context.instance)
        .binding.invoke(request, context);
      return {
        data,
        metadata: { ...metadata },
        content_type: "application/json",
      };
    }),
    ListOperations: unary(environment, (_request, { instance }) => ({
      operations: [...instances.get(instance).binding.operations],
    })),
    Ping: unary(environment, () => ({})),
  };
}
