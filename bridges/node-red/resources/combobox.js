/* A dropdown to search in: choices are loaded when it is opened; several values, typed ones and clearing as asked for. */
(function () {
  // A list of thousands is searched, not scrolled.
  const MOST_SHOWN = 60;
  let made = 0;

  /**
   * options: { id, label, value, multiple, creatable, clearable, placeholder, empty, load(): Promise<choice[]>, onChange(value) }
   * A choice is { value, label, hint, group }.
   */
  window.ZiggyCombobox = function (options) {
    const listId = `zsf-list-${++made}`;
    const root = $('<div>', { class: 'zsf-combobox' });
    const chips = $('<span>', { class: 'zsf-chips' }).appendTo(root);
    const input = $('<input>', {
      type: 'text',
      id: options.id,
      role: 'combobox',
      'aria-expanded': 'false',
      'aria-controls': listId,
      'aria-label': options.label,
    })
      // Not among the attributes above: jQuery UI would take it for a call of its own.
      .attr('autocomplete', 'off')
      .appendTo(root);
    const clear = $('<button>', { type: 'button', class: 'red-ui-button zsf-clear', title: 'Clear' })
      .append('<i class="fa fa-times"></i>')
      .appendTo(root);
    const toggle = $('<button>', { type: 'button', class: 'red-ui-button zsf-toggle', tabindex: -1, title: 'Choices' })
      .append('<i class="fa fa-caret-down"></i>')
      .appendTo(root);
    const list = $('<ul>', { class: 'zsf-list', role: 'listbox', id: listId }).hide().appendTo(root);
    let value = options.multiple ? [...(options.value ?? [])] : (options.value ?? '');
    let choices = [];
    let shown = [];
    let at = -1;

    const labelOf = (one) => choices.find((choice) => choice.value === one)?.label ?? one;
    const isOpen = () => list.is(':visible');

    function set(next) {
      value = next;
      draw();
      options.onChange(value);
    }

    function draw() {
      chips.empty();
      if (options.multiple) {
        for (const one of value) {
          $('<span>', { class: 'zsf-chip' })
            .text(labelOf(one))
            .append(
              $('<button>', { type: 'button', 'aria-label': `Remove ${labelOf(one)}` })
                .text('×')
                .on('click', () => set(value.filter((other) => other !== one))),
            )
            .appendTo(chips);
        }
        input.val('').attr('placeholder', value.length === 0 ? (options.placeholder ?? '') : '');
      } else {
        input.val(value === '' ? '' : labelOf(value)).attr('placeholder', options.placeholder ?? '');
      }
      clear.toggle(Boolean(options.clearable) && value.length > 0);
    }

    function say(text) {
      list.empty().append($('<li>', { class: 'zsf-said' }).text(text));
    }

    function filter() {
      const words = input.val().trim().toLowerCase();
      const isUntouched = !options.multiple && input.val() === labelOf(value);
      shown = choices.filter((one) => {
        const isTaken = options.multiple && value.includes(one.value);
        const isFound = `${one.label} ${one.value}`.toLowerCase().includes(words);
        return !isTaken && (isUntouched || words === '' || isFound);
      });
      // What begins with the words comes before what merely holds them.
      if (words !== '' && !isUntouched) {
        const rank = (one) =>
          one.label.toLowerCase() === words ? 0 : one.label.toLowerCase().startsWith(words) ? 1 : 2;
        shown.sort((one, other) => rank(one) - rank(other));
      }
      at = shown.length > 0 ? 0 : -1;
      drawList();
    }

    function drawList() {
      list.empty();
      if (shown.length === 0) {
        say(
          options.creatable && input.val() ? `Enter takes "${input.val()}"` : (options.empty ?? 'Nothing to choose.'),
        );
        return;
      }
      let group = '';
      shown.slice(0, MOST_SHOWN).forEach((one, index) => {
        if (one.group && one.group !== group) {
          group = one.group;
          $('<li>', { class: 'zsf-group', role: 'presentation' }).text(group).appendTo(list);
        }
        $('<li>', { role: 'option', id: `${listId}-${index}`, 'aria-selected': index === at, 'data-value': one.value })
          .toggleClass('zsf-at', index === at)
          .append($('<span>').text(one.label), one.hint ? $('<small>').text(one.hint) : null)
          .on('mousedown', (event) => {
            event.preventDefault();
            take(one.value);
          })
          .appendTo(list);
      });
      if (shown.length > MOST_SHOWN) {
        $('<li>', { class: 'zsf-said' })
          .text(`${shown.length - MOST_SHOWN} more: type to find them.`)
          .appendTo(list);
      }
      input.attr('aria-activedescendant', at < 0 ? null : `${listId}-${at}`);
    }

    function take(one) {
      close();
      set(options.multiple ? [...value, one] : one);
    }

    function takeTyped() {
      const typed = input.val().trim();
      const known = choices.find((one) => one.label === typed || one.value === typed);
      if (typed === '') {
        if (!options.multiple && options.clearable && value !== '') {
          set('');
        }
      } else if (known) {
        take(known.value);
      } else if (options.creatable) {
        take(typed);
      } else {
        draw();
      }
    }

    function open() {
      if (isOpen()) {
        return;
      }
      list.show();
      input.attr('aria-expanded', 'true').trigger('select');
      say('Loading…');
      api.reload().then(filter, (err) => say(err.message));
    }

    function close() {
      list.hide();
      input.attr({ 'aria-expanded': 'false', 'aria-activedescendant': null });
    }

    function move(step) {
      at = Math.max(0, Math.min(Math.min(shown.length, MOST_SHOWN) - 1, at + step));
      drawList();
      list.find('.zsf-at')[0]?.scrollIntoView({ block: 'nearest' });
    }

    input.on('focus click', open);
    input.on('input', () => {
      list.show();
      filter();
    });
    input.on('blur', () => {
      close();
      takeTyped();
    });
    input.on('keydown', (event) => {
      if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
        event.preventDefault();
        isOpen() ? move(event.key === 'ArrowDown' ? 1 : -1) : open();
      } else if (event.key === 'Enter') {
        event.preventDefault();
        const isTyped = options.creatable && input.val() !== '' && !shown.some((one) => one.label === input.val());
        isOpen() && at >= 0 && !(isTyped && shown.length === 0) ? take(shown[at].value) : takeTyped();
      } else if (event.key === 'Escape' && isOpen()) {
        event.stopPropagation();
        close();
      } else if (event.key === 'Backspace' && options.multiple && input.val() === '' && value.length > 0) {
        set(value.slice(0, -1));
      }
    });
    toggle.on('mousedown', (event) => {
      event.preventDefault();
      isOpen() ? close() : input.trigger('focus');
      open();
    });
    clear.on('click', () => set(options.multiple ? [] : ''));

    const api = {
      element: root,
      reload: () =>
        options.load().then((found) => {
          choices = found;
          if (!isOpen()) {
            draw();
          }
          return found;
        }),
      get: () => value,
      set,
    };
    draw();
    return api;
  };
})();
