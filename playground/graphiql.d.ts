// The global of GraphiQL's script. Its options are GraphiQL's props.
declare const YogaGraphiQL: {
  renderYogaGraphiQL(root: HTMLElement, options: object): void;
};
