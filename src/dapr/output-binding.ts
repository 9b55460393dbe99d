import type { OutputBindingHandlers } from "./gen/dapr/proto/components/v1/OutputBinding.ts";
import { type HandlerEnvironment, unary } from "./unary.ts";

/** The handlers of the direction in which the app's calls go out. */
export function outputBinding(environment: HandlerEnvironment): OutputBindingHandlers {
  const { instances } = environment;
  return {
    Init: unary(environment, async ({ metadata }, context) => {
      const properties = metadata?.properties ?? {};
      await instances.init({ direction: "output", properties }, context);
      return {};
    }),
    Invoke: unary(environment, async (request, context) => {
      const { binding } = instances.get(context);
      const { data, metadata } = await binding.invoke(request, context);
      return { data, metadata: { ...metadata }, content_type: "application/json" };
    }),
    ListOperations: unary(environment, (_request, context) => ({
      operations: [...instances.get(context).binding.operations],
    })),
    Ping: unary(environment, () => ({})),
  };
}
