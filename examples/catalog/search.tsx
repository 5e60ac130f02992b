// The search box: it searches when its user pauses.
import { useEffect, useState } from 'react';
import { type Filter, navigate } from './address';

const PAUSE_MS = 300;

export function Search({ filter }: { filter: Filter }) {
  const { query = '' } = filter;
  const [text, setText] = useState(query);
  const [isComposing, setComposing] = useState(false);
  const [searched, setSearched] = useState(query);
  // Another page of the history: show its search.
  if (searched !== query) {
    setSearched(query);
    setText(query);
  }
  useEffect(() => {
    // While an input method composes a word, the text is its Latin letters.
    if (text === query || isComposing) return;
    const search = () => navigate({ filter: { ...filter, query: text }, model: null }, 'replace');
    const timer = setTimeout(search, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, query, isComposing, filter]);
  return (
    <search>
      <input
        type="search"
        aria-label="Search models"
        placeholder="Search by name, task, domain or label"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onCompositionStart={() => setComposing(true)}
        onCompositionEnd={() => setComposing(false)}
      />
    </search>
  );
}
