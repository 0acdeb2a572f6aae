// Shows opsloop every prompt and what every shell command printed; what it answers is added to what the model reads.
import { ask } from "./ask.js";

const SHELLS = new Set(["exec", "bash"]);

async function afterTool(event, context) {
  if (!SHELLS.has(event.toolName)) return;
  const content = event.result?.content ?? [];
  const added = await ask({
    event: "tool",
    session: context.sessionId ?? context.sessionKey ?? "",
    cwd: event.result?.details?.cwd ?? event.cwd,
    tool: event.toolName,
    command: event.args?.command ?? "",
    output: content.map((part) => part.text ?? "").join("\n"),
    exit_code: event.result?.details?.exitCode ?? null,
    call: event.toolCallId ?? "",
  });
  if (added) return { result: { ...event.result, content: [...content, { type: "text", text: added }] } };
}

async function beforePrompt(event, context) {
  const added = await ask({
    event: "prompt",
    session: context.sessionId ?? context.sessionKey ?? "",
    cwd: context.workspaceDir,
    prompt: event.currentUserMessage ?? event.prompt ?? "",
    call: context.runId ?? "",
  });
  if (added) return { prependContext: added };
}

export default {
  id: "opsloop-hooks",
  name: "opsloop-hooks",
  register(api) {
    api.registerAgentToolResultMiddleware(afterTool, { runtimes: ["openclaw"] });
    api.on("before_prompt_build", beforePrompt);
  },
};
