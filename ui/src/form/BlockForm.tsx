import { useMemo } from 'react';
import type { JsonSchema, Problem, UiSchema } from '../api/types';
import type { BlockNode } from '../state/document';
import { useEditor } from '../state/editor';
import { sayProblem } from '../state/problems';
import { SchemaForm } from './SchemaForm';
import type { FormScope } from './useChoices';

const NONE: Problem[] = [];

interface Props {
  id: string;
  data: BlockNode['data'];
  isCompact: boolean;
  /** Which part of the form is drawn; all of it without this. */
  part?: (form: { schema: JsonSchema; ui: UiSchema }) => { schema: JsonSchema; ui: UiSchema };
}

/** A block's form, on its node and in the side panel alike. */
export function BlockForm({ id, data, isCompact, part }: Props) {
  const descriptor = useEditor((state) => state.descriptors[data.blockType]);
  const mode = useEditor((state) => state.mode);
  const flow = useEditor((state) => state.file ?? '');
  const version = useEditor((state) => state.version ?? '');
  const edge = useEditor((state) => primaryEdge(state.edges, id));
  const lastRun = useEditor((state) => (state.run.status === 'running' ? '' : (state.run.id ?? '')));
  const problems = useEditor((state) => state.problems.blocks[id] ?? NONE);
  const configure = useEditor((state) => state.configure);
  const configureSilently = useEditor((state) => state.configureSilently);
  const notify = useEditor((state) => state.notify);
  const scope: FormScope = useMemo(
    () => ({ block: id, blockType: data.blockType, flow, edge, mode, lastRun, version }),
    [id, data.blockType, flow, edge, mode, lastRun, version],
  );
  const form = useMemo(() => {
    const whole = { schema: descriptor?.configSchema ?? {}, ui: descriptor?.uiSchema ?? {} };
    return part ? part(whole) : whole;
  }, [descriptor, part]);
  if (!descriptor) return null;
  return (
    <SchemaForm
      schema={form.schema}
      ui={form.ui}
      config={data.config}
      scope={scope}
      problems={problems}
      isCompact={isCompact}
      say={(problem) => sayProblem(problem, descriptor)}
      onChange={(config, key) => configure(id, config, key === null ? null : `${id} ${key}`)}
      onAutoSelect={(field, value) => configureSilently(id, field, value)}
      onNotice={notify}
    />
  );
}

function primaryEdge(edges: { id: string; target: string; targetHandle?: string | null }[], block: string): string {
  const into = edges.filter((edge) => edge.target === block);
  return (into.find((edge) => (edge.targetHandle ?? 'i0') === 'i0') ?? into[0])?.id ?? '';
}

/** Whether a block has anything to set that its node shows. */
export function hasForm(properties: Record<string, unknown> | undefined): boolean {
  return Object.keys(properties ?? {}).length > 0;
}
