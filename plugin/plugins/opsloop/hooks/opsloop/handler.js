// Asks opsloop what a new session should know, and adds the answer as a file that exists only in the context.
import { ask } from "./ask.js";

export default async function handler(event) {
  const { context, sessionKey = "" } = event;
  if (event.type !== "agent" || event.action !== "bootstrap") return;
  if (!Array.isArray(context?.bootstrapFiles) || /:subagent:/.test(context.sessionKey ?? sessionKey)) return;
  const session = context.sessionId ?? context.sessionKey ?? sessionKey;
  const content = await ask({ event: "bootstrap", session, cwd: context.workspaceDir });
  if (!content) return;
  const name = "OPSLOOP.md";
  context.bootstrapFiles.push({ name, path: `${context.workspaceDir}/${name}`, content, missing: false, virtual: true });
}
