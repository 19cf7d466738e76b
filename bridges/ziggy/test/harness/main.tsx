/** The block on a piece of canvas, as the platform would show it: its head, its form, its handles. */
import { useState } from 'react';
import { createRoot } from 'react-dom/client';
import type { BlockData } from 'ziggy-sdk';
import manifest from '../../src/index';
import icon from '../../assets/icon.svg?raw';
import './harness.css';

const { client } = manifest.blocks[0] as (typeof manifest.blocks)[number];
const { block, component: Form } = client.blockDefinition;

function Canvas() {
  const [data, setData] = useState<BlockData>(block.data);
  const [saves, setSaves] = useState(0);
  const [isCollapsed, setIsCollapsed] = useState(false);
  const flowApi = {
    updateBlock: (_nodeId: string, next: BlockData) => {
      setData(next);
      setSaves((before) => before + 1);
    },
    updateNumOutputs: () => undefined,
  };
  return (
    <main className="block" style={{ width: block.width }}>
      <header style={{ background: data.headerColor }}>
        <span className="icon" dangerouslySetInnerHTML={{ __html: icon }} />
        <strong>{data.name}</strong>
        <span className="time">275ms</span>
        <button type="button" aria-label="Collapse" onClick={() => setIsCollapsed(!isCollapsed)}>
          ⇅
        </button>
      </header>
      <Form nodeId="b1" block={data} collapse={isCollapsed} flowApi={flowApi} />
      <script type="application/json" id="config" data-saves={saves}>
        {JSON.stringify(data.config)}
      </script>
    </main>
  );
}

createRoot(document.getElementById('root') as HTMLElement).render(<Canvas />);
