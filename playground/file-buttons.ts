import { UnStyledButton, useGraphiQL, useOperationsEditorState } from '@graphiql/react';
import {
  type ChangeEvent,
  createElement,
  Fragment,
  type ReactNode,
  useEffect,
  useRef,
  useState,
} from 'react';
import { createPortal } from 'react-dom';
import { type ChosenFiles } from './chosen-files.js';
import { fileMembers, takesFiles } from './examples.js';
import { memberIn, withMember } from './members.js';

interface FileButtonsProps {
  readonly files: ChosenFiles;
}

/** Buttons that choose the files of an upload, beside the headings of the variables and headers. Other operations have none. */
export function FileButtons({ files }: FileButtonsProps): ReactNode {
  const [operation] = useOperationsEditorState();
  const editor = useGraphiQL((state) => state.variableEditor);
  const [bar, setBar] = useState<Element | null>(null);
  useEffect(() => setBar(document.querySelector('.graphiql-editor-tools')), []);
  if (!bar || !editor || !takesFiles.test(operation)) return null;

  const put = async (member: string, file: File) => {
    const name = await files.add(file);
    editor.setValue(withInput(editor.getValue(), member, name));
    bar.querySelector<HTMLElement>('[data-name="variables"]')?.click();
  };
  const buttons = Object.entries(fileMembers).map(([member, label]) =>
    createElement(FileButton, { key: member, label, onChoose: (file: File) => void put(member, file) }),
  );
  return createPortal(createElement('div', { className: 'playground-files' }, buttons), bar);
}

interface FileButtonProps {
  readonly label: string;
  readonly onChoose: (file: File) => void;
}

function FileButton({ label, onChoose }: FileButtonProps): ReactNode {
  const input = useRef<HTMLInputElement>(null);
  const choose = ({ target }: ChangeEvent<HTMLInputElement>) => {
    const [file] = target.files ?? [];
    if (file) onChoose(file);
    // The same file may be chosen again, after it was changed.
    target.value = '';
  };
  return createElement(
    Fragment,
    null,
    createElement(UnStyledButton, { type: 'button', onClick: () => input.current?.click() }, `${label}…`),
    createElement('input', { type: 'file', hidden: true, ref: input, onChange: choose, 'aria-label': label }),
  );
}

/** The variables with this member of `input`, which is made if it is not there. */
function withInput(variables: string, member: string, value: string): string {
  const json = JSON.stringify(value);
  if (memberIn(variables, member) !== undefined) return withMember(variables, member, json);
  const { input, ...more } = objectIn(variables);
  return JSON.stringify({ ...more, input: { ...(input as object | undefined), [member]: value } }, null, 2);
}

/** Without a member if the text is no JSON object. */
function objectIn(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
