/** Which namespace of which cluster, as the story or the flags name it and the journal keeps it. No secrets. */
import * as v from 'valibot';

export const ClusterRefSchema = v.object({
  /** Of the kubeconfig; `in-cluster`: the account of the pod that gameday runs in. */
  context: v.string(),
  namespace: v.string(),
  /** A file, or several with `:` between them; null: where kubectl itself looks. */
  kubeconfig: v.nullable(v.string()),
});
export type ClusterRef = v.InferOutput<typeof ClusterRefSchema>;
