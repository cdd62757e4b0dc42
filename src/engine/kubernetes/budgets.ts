/** PodDisruptionBudgets: which of them would refuse an eviction at this moment. */
import type { Meta, Pod } from './kube-answers.ts';
import type { KubeApi } from './kube-api.ts';

interface Requirement {
  key: string;
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  values?: string[];
}

export interface Budget {
  metadata: Meta;
  spec: {
    selector?: { matchLabels?: Record<string, string>; matchExpressions?: Requirement[] };
  };
  status: { disruptionsAllowed?: number; currentHealthy?: number; desiredHealthy?: number };
}

export function listBudgets(api: KubeApi): Promise<Budget[]> {
  return api.list<Budget>(budgetsPath(api));
}

function budgetsPath({ cluster }: KubeApi): string {
  return `/apis/policy/v1/namespaces/${cluster.namespace}/poddisruptionbudgets`;
}

/** One that lets this pod not go now; null: none does, or this account may not see them. Throws as the API does. */
export async function budgetInTheWay(api: KubeApi, pod: Pod | null): Promise<Budget | null> {
  if (pod === null) return null;
  const budgets = await api.listAllowed<Budget>(budgetsPath(api));
  return budgetsInTheWay(budgets, [pod])[0] ?? null;
}

/** Those that let none of their pods go, and have one of these. Pure. */
export function budgetsInTheWay(
  budgets: readonly Budget[],
  pods: readonly Pick<Pod, 'metadata'>[],
): Budget[] {
  return budgets.filter(
    (budget) =>
      (budget.status.disruptionsAllowed ?? 0) === 0 &&
      pods.some(({ metadata }) => covers(budget, metadata.labels ?? {})),
  );
}

/** `PodDisruptionBudget web (3 of 3 that it wants healthy are)`. */
export function budgetName({ metadata, status }: Budget): string {
  const { currentHealthy = 0, desiredHealthy = 0 } = status;
  return `PodDisruptionBudget ${metadata.name} (${currentHealthy} healthy, ${desiredHealthy} wanted)`;
}

function covers({ spec }: Budget, labels: Readonly<Record<string, string>>): boolean {
  const { matchLabels = {}, matchExpressions = [] } = spec.selector ?? {};
  return (
    spec.selector !== undefined &&
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every((each) => meets(labels[each.key], each))
  );
}

function meets(value: string | undefined, { operator, values = [] }: Requirement): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}
