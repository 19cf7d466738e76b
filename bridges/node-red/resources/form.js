/* A form from a JSON Schema and its UI schema. It knows no block: titles, order, widgets and choices are told to it. */
(function () {
  // What is drawn where the UI schema names no widget that is known here.
  const BY_TYPE = { boolean: 'checkbox', integer: 'number', number: 'number', object: 'json', array: 'json' };

  /** An object from names of one's own to texts, or to null: which key goes to which field. */
  function isMapping(schema) {
    const kinds = [schema.additionalProperties?.type ?? []].flat();
    return schema.type === 'object' && !schema.properties && kinds.includes('string');
  }

  const isShown = (options, config) =>
    Object.entries(options.visibleWhen ?? {}).every(([name, wanted]) => [wanted].flat().includes(config[name]));

  /**
   * given: { schema, ui, config, without: names that are not drawn, ask(field, config): Promise<choice[]>, onChange() }
   * Its `config` holds what was set; a setting at its default is left out.
   */
  window.ZiggyForm = function (given) {
    const root = $('<div>');
    const rows = [];
    const config = structuredClone(given.config ?? {});

    function drawSections() {
      for (const section of given.ui['ui:sections']) {
        const names = section.properties.filter((name) => !given.without.includes(name));
        if (names.length === 0) {
          continue;
        }
        const box = $('<div>', { class: 'zsf-section' }).appendTo(root);
        if (section.title) {
          $('<h4>').text(section.title).appendTo(box);
        }
        for (const name of names) {
          box.append(drawOne(name, given.schema.properties[name], given.ui[name] ?? {}, config));
        }
      }
      refresh();
    }

    function drawOne(name, schema, ui, target) {
      const options = ui['ui:options'] ?? {};
      const widget = ui['ui:widget'];
      const draw = isMapping(schema) ? DRAWN.mapping : (DRAWN[widget] ?? DRAWN[BY_TYPE[schema.type]] ?? DRAWN.text);
      const row = $('<div>', { class: 'form-row', 'data-setting': name, title: schema.description });
      row.css('margin-left', `${(options.indent ?? 0) * 20}px`);
      const change = (value) => {
        const isDefault =
          value === '' || value === undefined || JSON.stringify(value) === JSON.stringify(schema.default);
        if (isDefault) {
          delete target[name];
        } else {
          target[name] = value;
        }
        changed(name);
      };
      const api = draw({ name, schema, ui, options, row, value: target[name] ?? schema.default, change, target });
      rows.push({ name, row, options, api });
      return row;
    }

    /** A choice that depends on what was changed is asked for again, and cleared where it is no longer offered. */
    function changed(name) {
      refresh();
      for (const one of rows) {
        if (one.api?.reload && (one.options.dependsOn ?? []).includes(name)) {
          one.api.reload().then(
            (found) => dropUnknown(one, found),
            () => undefined,
          );
        }
      }
      given.onChange();
    }

    function dropUnknown({ api, options }, found) {
      const isOffered = (value) => options.creatable || found.some((one) => one.value === value);
      const value = api.get();
      if (Array.isArray(value) ? !value.every(isOffered) : value !== '' && !isOffered(value)) {
        api.set(Array.isArray(value) ? value.filter(isOffered) : '');
      }
    }

    function refresh() {
      const known = withDefaults();
      for (const { row, options } of rows) {
        row.toggle(isShown(options, known));
      }
    }

    function withDefaults() {
      const defaults = Object.entries(given.schema.properties).map(([name, one]) => [name, one.default]);
      return { ...Object.fromEntries(defaults), ...config };
    }

    function label(one, id) {
      return $('<label>', { for: id }).text(one.schema.title ?? one.name);
    }

    const idOf = (one) => `zsf-${one.name}`;

    const DRAWN = {
      checkbox(one) {
        const box = $('<input>', { type: 'checkbox', id: idOf(one) }).prop('checked', one.value === true);
        box.on('change', () => one.change(box.prop('checked')));
        one.row.append(
          $('<label>', { class: 'zsf-check', for: idOf(one) }).append(box, $('<span>').text(one.schema.title)),
        );
      },
      text(one) {
        const box = $('<input>', { type: 'text', id: idOf(one) }).val(one.value ?? '');
        box.on('change', () => one.change(box.val()));
        one.row.append(label(one, idOf(one)), box);
      },
      number(one) {
        const { minimum, maximum, type } = one.schema;
        const step = type === 'integer' ? 1 : 'any';
        const box = $('<input>', { type: 'number', id: idOf(one), min: minimum, max: maximum, step }).val(
          one.value ?? '',
        );
        box.on('change', () => one.change(box.val() === '' ? undefined : Number(box.val())));
        one.row.append(label(one, idOf(one)), box);
      },
      mapping(one) {
        const pairs = Object.entries(one.value ?? {});
        const box = $('<div>', { class: 'zsf-mapping', id: idOf(one) });
        const store = () => {
          const named = pairs.filter(([key]) => key !== '');
          one.change(named.length > 0 ? Object.fromEntries(named) : undefined);
        };
        const combo = (at, side, label, field) =>
          window.ZiggyCombobox({
            id: `${idOf(one)}-${side}-${pairs.indexOf(at)}`,
            label,
            value: at[side] ?? '',
            creatable: true,
            clearable: true,
            placeholder: side === 1 ? 'left out' : '',
            load: () => given.ask(field, read()),
            onChange: (value) => {
              // No field in a pair means that its key is left out.
              at[side] = side === 1 && value === '' ? null : value;
              store();
            },
          }).element;
        const drawPair = (at) => {
          const line = $('<div>', { class: 'zsf-line' }).appendTo(box);
          line.append(combo(at, 0, 'Key of the edge', 'matchKey'), '→', combo(at, 1, 'Field', 'properties'));
          $('<button>', { type: 'button', class: 'red-ui-button', title: 'Remove' })
            .append('<i class="fa fa-trash"></i>')
            .on('click', () => {
              pairs.splice(pairs.indexOf(at), 1);
              line.remove();
              store();
            })
            .appendTo(line);
        };
        pairs.forEach(drawPair);
        const add = $('<button>', { type: 'button', class: 'red-ui-button zsf-add' }).append(
          '<i class="fa fa-plus"></i> pair',
        );
        add.on('click', () => {
          const pair = ['', null];
          pairs.push(pair);
          drawPair(pair);
        });
        one.row.append($('<label>').text(one.schema.title), box, add);
      },
      json(one) {
        const text = one.value === undefined ? '' : JSON.stringify(one.value, null, 2);
        const box = $('<textarea>', { id: idOf(one), rows: 3, spellcheck: false }).val(text);
        box.on('change', () => {
          try {
            one.change(box.val().trim() === '' ? undefined : JSON.parse(box.val()));
            box.removeClass('input-error');
          } catch {
            box.addClass('input-error');
          }
        });
        one.row.append(label(one, idOf(one)), box);
      },
      select(one) {
        return one.schema.enum ? drawEnum(one) : drawChoices(one, false);
      },
      multiSelect(one) {
        return drawChoices(one, true);
      },
      group(one) {
        const inner = (one.target[one.name] = { ...one.value });
        const box = $('<details>', { open: !one.options.collapsed }).append($('<summary>').text(one.schema.title));
        for (const name of one.ui['ui:order'] ?? Object.keys(one.schema.properties)) {
          box.append(drawOne(name, one.schema.properties[name], one.ui[name] ?? {}, inner));
        }
        one.row.addClass('zsf-group-row').append(box);
      },
    };

    function drawEnum(one) {
      const names = one.ui['ui:enumNames'] ?? one.schema.enum;
      const box = $('<select>', { id: idOf(one) });
      one.schema.enum.forEach((value, at) => box.append($('<option>', { value }).text(names[at])));
      box.val(one.value).on('change', () => one.change(box.val()));
      one.row.append(label(one, idOf(one)), box);
    }

    function drawChoices(one, multiple) {
      const { options } = one;
      const all = options.showAll ? $('<input>', { type: 'checkbox', id: `${idOf(one)}-all` }) : null;
      const source = options.choices ?? one.name;
      const box = window.ZiggyCombobox({
        id: idOf(one),
        label: one.schema.title,
        value: one.value,
        multiple,
        creatable: options.creatable,
        clearable: options.clearable,
        placeholder: options.placeholder,
        empty: options.empty,
        load: () => given.ask(all?.prop('checked') ? `${source}?all` : source, read()),
        onChange: one.change,
      });
      const line = $('<div>', { class: 'zsf-line' }).append(box.element);
      if (all) {
        line.append($('<label>', { class: 'zsf-all', for: `${idOf(one)}-all` }).append(all, ` ${options.showAll}`));
      }
      one.row.append(label(one, idOf(one)), line);
      if (one.value !== undefined && one.value.length > 0) {
        // Labels in place of API names, as soon as they are known.
        box.reload().catch(() => undefined);
      }
      return box;
    }

    /** What was set; a group of which nothing was set is left out. */
    function read() {
      const isEmptyGroup = (value) => value && value.constructor === Object && Object.keys(value).length === 0;
      return Object.fromEntries(Object.entries(config).filter(([, value]) => !isEmptyGroup(value)));
    }

    drawSections();
    return { element: root, read, connectionChanged: () => changed('connection') };
  };
})();
