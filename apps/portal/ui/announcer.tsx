import { createContext, useCallback, useContext, useEffect, useState, type ReactNode } from 'react';
import classes from './announcer.module.css';

const SHOWN_FOR = 6_000; // ms

type Announce = (message: string) => void;
const Announcing = createContext<Announce>(() => undefined);

/** Tells what has just happened, to be seen at the edge of the page and heard by a screen reader. */
export function useAnnounce(): Announce {
  return useContext(Announcing);
}

export function AnnouncerProvider({ children }: { readonly children: ReactNode }) {
  const [message, setMessage] = useState<{ readonly text: string }>();
  const announce = useCallback<Announce>((text) => setMessage({ text }), []);
  useEffect(() => {
    if (message === undefined) return undefined;
    const timer = setTimeout(() => setMessage(undefined), SHOWN_FOR);
    return () => clearTimeout(timer);
  }, [message]);
  return (
    <Announcing.Provider value={announce}>
      {children}
      <div role="status" aria-live="polite" className={classes.region}>
        {message !== undefined && <div className={classes.message}>{message.text}</div>}
      </div>
    </Announcing.Provider>
  );
}
