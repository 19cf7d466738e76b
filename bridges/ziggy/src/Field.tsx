import type { ReactNode } from 'react';
import { PopupHelp } from 'ziggy-sdk';
import type { Setting } from './SalesforceWrite.v1.config';

/** A title over its control, with the schema's own help behind a question mark. */
export function Field({ setting, children }: { setting: Setting; children: ReactNode }) {
  return (
    <div className="flex flex-col gap-1 min-w-0 flex-1">
      <span className="flex items-center gap-1">
        <span>{setting.title}</span> <PopupHelp text={setting.description} />
      </span>
      {children}
    </div>
  );
}
