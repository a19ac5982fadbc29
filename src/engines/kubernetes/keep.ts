/** What --keep leaves, how to look into it, and how to remove it. Pure. */

/** @param scanner, target names of their containers */
export const keepHints = (namespace: string, pod: string, scanner: string, target: string): string =>
  [
    `Kept the pod ${pod} in the namespace ${namespace}. To look into it:`,
    `  kubectl --namespace ${namespace} logs ${pod} --container ${scanner}`,
    `  kubectl --namespace ${namespace} exec --stdin --tty ${pod} --container ${target} -- sh`,
    "To remove it and all that belongs to it:",
    `  kubectl --namespace ${namespace} delete pod ${pod}`,
  ].join("\n");
