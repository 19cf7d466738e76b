import { useState } from 'react';
import type { JsonSchema, UiSchema } from '../api/types';
import { BlockForm } from '../form/BlockForm';
import { RowFileInput, useRowFile } from '../form/RowFileInput';
import { words as formWords } from '../form/words';
import { Dialog } from '../parts/Dialog';
import { useEditor } from '../state/editor';
import { startRun } from '../state/running';
import { startWithItems } from '../state/starting';
import styles from './Start.module.css';
import { words } from './words';

interface Taken {
  name: string;
  count: number;
  found: string;
  block: string;
}

const WHERE = ['connection', 'object', 'matchKey'];

/** From a file to a preview on one page; what it makes is an ordinary flow, on the canvas behind it from the first step. */
export default function CsvDialog() {
  const [file, setFile] = useState<Taken | null>(null);
  const node = useEditor((state) => state.nodes.find((one) => one.id === file?.block));
  const descriptor = useEditor((state) => state.descriptors[node?.data.blockType ?? '']);
  const { openDialog, rename, select, showTab } = useEditor.getState();
  const config = node?.data.config;
  const isReady = WHERE.every((name) => config?.[name]);
  const rows = useRowFile(({ name }, { count, found, text }) => {
    const block = startWithItems(text);
    rename(name.replace(/\.gz$/i, '').replace(/\.[^.]*$/, ''));
    setFile({ name, count, found, block });
  });
  return (
    <Dialog title={words.fileTitle} onClose={() => openDialog(null)} size="medium">
      <div className={styles.steps}>
        <h3>{words.step1}</h3>
        {file ? (
          <p>{words.read(file.name, formWords.items(file.count), file.found)}</p>
        ) : (
          <div>
            <RowFileInput label={words.chooseFile} rows={rows} />
          </div>
        )}
        {node && descriptor && (
          <>
            <h3>{words.step2}</h3>
            <BlockForm id={node.id} data={node.data} isCompact={false} part={(one) => only(one, WHERE)} />
            {isReady && (
              <>
                <BlockForm id={node.id} data={node.data} isCompact={false} part={mappingAlone} />
                <h3>{words.step4}</h3>
                <p className={styles.soft}>{words.previewHelp}</p>
                <div>
                  <button
                    type="button"
                    className="button primary"
                    onClick={() => {
                      openDialog(null);
                      select(node.id);
                      showTab('result');
                      void startRun({ isPreview: true });
                    }}
                  >
                    {words.preview}
                  </button>{' '}
                  <button type="button" className="button" onClick={() => openDialog(null)}>
                    {words.later}
                  </button>
                </div>
              </>
            )}
          </>
        )}
      </div>
    </Dialog>
  );
}

interface Form {
  schema: JsonSchema;
  ui: UiSchema;
}

/** The form of some of the settings. */
function only({ schema, ui }: Form, names: string[]): Form {
  const all = Object.entries(schema.properties ?? {});
  const rest = { ...ui, 'ui:sections': undefined };
  return {
    schema: { ...schema, properties: Object.fromEntries(all.filter(([name]) => names.includes(name))) },
    ui: rest,
  };
}

/** The mapping of the group of advanced settings, open. */
function mappingAlone({ schema, ui }: Form): Form {
  const advanced = only({ schema, ui }, ['advanced']);
  const group = schema.properties?.['advanced'];
  const groupUi = (ui['advanced'] ?? {}) as UiSchema;
  if (!group) return advanced;
  const inner = only({ schema: group, ui: groupUi }, ['fieldMapping']);
  return {
    schema: { ...advanced.schema, properties: { advanced: { ...inner.schema, title: words.step3, description: '' } } },
    ui: { ...advanced.ui, advanced: { ...inner.ui, 'ui:options': { collapsed: false } } },
  };
}
