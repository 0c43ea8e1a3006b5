/*
 * Loads what the page asks for: an element with data-behavior="confirm once" gets behaviors/confirm.js and
 * behaviors/once.js, and each is bound to it once. Pages work without any of this.
 */
(() => {
  const folder = document.currentScript.dataset.folder;
  const loading = new Map();
  const binders = new Map();

  function load(name) {
    if (!loading.has(name)) {
      loading.set(
        name,
        new Promise((resolve, reject) => {
          const script = document.createElement('script');
          script.src = `${folder}${name}.js`;
          script.onload = resolve;
          script.onerror = () => reject(new Error(`The behaviour ${name} did not load.`));
          document.head.append(script);
        }),
      );
    }
    return loading.get(name);
  }

  function bindOne(element, name) {
    const bound = $(element).data('bound') ?? [];
    if (bound.includes(name)) return;
    $(element).data('bound', [...bound, name]);
    load(name).then(() => binders.get(name)?.($(element)));
  }

  window.Behaviors = {
    /** A behaviour is a function of one element. */
    define: (name, bind) => binders.set(name, bind),
    /** Makes sure that another behaviour's file is there. */
    load,
    /** Binds what stands in `root`; called again for HTML that was swapped in. */
    bind: (root) => {
      $(root)
        .find('[data-behavior]')
        .addBack('[data-behavior]')
        .each((_at, element) => {
          for (const name of element.dataset.behavior.split(/\s+/).filter(Boolean)) bindOne(element, name);
        });
    },
    token: () => $('meta[name="csrf-token"]').attr('content') ?? '',
  };
  $(() => window.Behaviors.bind(document.documentElement));
})();
