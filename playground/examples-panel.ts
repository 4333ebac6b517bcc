import { type GraphiQLPlugin, UnStyledButton, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { createElement, type FC, type ReactElement } from 'react';
import { type Example, examples } from './examples.js';
import { type KnownValues } from './known-values.js';

interface PanelProps {
  readonly known: KnownValues;
  /** The text of the headers that the example starts with. */
  readonly headersOf: (example: Example) => string;
}

/** The list of examples at the side. Each opens in a tab of its own: nine tabs at the start would hide the first. */
export function examplesPlugin(props: PanelProps): GraphiQLPlugin {
  return { title: 'Examples', icon: ListIcon, content: () => createElement(Panel, props) };
}

const groups: readonly Example['group'][] = ['Read', 'Change'];

const Panel: FC<PanelProps> = ({ known, headersOf }) => {
  const tabs = useGraphiQL((state) => state.tabs);
  const shown = useGraphiQL((state) => state.tabs[state.activeTabIndex]?.title);
  const actions = useGraphiQLActions();

  const open = (example: Example) => {
    const { name, query } = example;
    const opened = tabs.findIndex(({ title }) => title === name);
    if (opened === -1) {
      const variables = known.variablesOf(example);
      actions.addTab();
      actions.updateActiveTabValues({ query, variables, headers: headersOf(example), operationName: name });
    }
    // Shows the values of the tab in the editors.
    actions.changeTab(opened === -1 ? tabs.length : opened);
    // GraphiQL reads it from the text a tenth of a second later.
    actions.setOperationName(name);
  };

  const entryOf = (example: Example): ReactElement =>
    createElement(
      'li',
      { key: example.name },
      createElement(
        UnStyledButton,
        { type: 'button', onClick: () => open(example), 'aria-current': example.name === shown },
        example.title,
        createElement('code', null, example.name),
      ),
    );

  return createElement(
    'section',
    { className: 'playground-examples', 'aria-label': 'Examples' },
    createElement('h2', null, 'Examples'),
    groups.map((group) =>
      createElement(
        'div',
        { key: group },
        createElement('h3', null, group),
        createElement('ol', null, examples.filter((example) => example.group === group).map(entryOf)),
      ),
    ),
  );
};

const ListIcon: FC = () =>
  createElement(
    'svg',
    { viewBox: '0 0 20 20', fill: 'none', stroke: 'currentColor', strokeWidth: 1.5, 'aria-hidden': true },
    createElement('path', { d: 'M7 5h10M7 10h10M7 15h10M3 5h1M3 10h1M3 15h1' }),
  );
