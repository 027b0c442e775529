/* parts.tsx: the small pieces screens are made of.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { messageOf } from "../api/client";

/* A number in a table: its text for people, its value for machines (and for tests). */
export function Num({ value, text }: { value: number | undefined; text: string }) {
  if (value === undefined || !Number.isFinite(value)) return <span class="faint">{text}</span>;
  return <data value={String(value)}>{text}</data>;
}

/* A sentence about what went wrong; nothing without one. */
export function Failure({ text }: { text: string | undefined }) {
  if (!text) return null;
  return (
    <p class="notice bad" role="alert">
      {text}
    </p>
  );
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <div class="empty">{children}</div>;
}

export function Badge({ kind, children }: { kind?: string; children: ComponentChildren }) {
  return <span class={`badge ${kind ?? ""}`}>{children}</span>;
}

interface AutoRefreshProps {
  on: boolean;
  onChange: (on: boolean) => void;
}

/* Whether an answer is asked for again as the stream goes on. */
export function AutoRefresh({ on, onChange }: AutoRefreshProps) {
  return (
    <label class="inline">
      <input
        type="checkbox"
        name="auto"
        checked={on}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      Auto refresh
    </label>
  );
}

interface TabsProps<T extends string> {
  label: string;
  tabs: readonly { id: T; title: string; href: string }[];
  current: T;
  onPick: (id: T) => void;
}

/* Tabs that arrow keys walk through, as the ARIA practices ask. The panel has the id
 * "tab-panel". */
export function Tabs<T extends string>({ label, tabs, current, onPick }: TabsProps<T>) {
  const list = useRef<HTMLDivElement>(null);
  const onKey = (event: KeyboardEvent) => {
    const here = tabs.findIndex((tab) => tab.id === current);
    const moves: Record<string, number> = {
      ArrowLeft: here - 1,
      ArrowRight: here + 1,
      Home: 0,
      End: tabs.length - 1,
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    const next = tabs[(move + tabs.length) % tabs.length];
    if (!next) return;
    onPick(next.id);
    list.current?.querySelector<HTMLElement>(`[data-tab="${next.id}"]`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} ref={list} onKeyDown={onKey}>
      {tabs.map((tab) => (
        <a
          key={tab.id}
          role="tab"
          id={`tab-${tab.id}`}
          data-tab={tab.id}
          href={tab.href}
          aria-selected={tab.id === current}
          aria-controls="tab-panel"
          tabIndex={tab.id === current ? 0 : -1}
        >
          {tab.title}
        </a>
      ))}
    </div>
  );
}

interface ModalProps {
  title: string;
  onClose: () => void;
  wide?: boolean;
  children: ComponentChildren;
}

/* A dialog of the browser's own, which keeps the focus inside and gives it back at the end. It opens in the turn that
 * asked for it, so that who has the focus then is who gets it back. */
export function Modal({ title, onClose, wide, children }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useLayoutEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    element?.showModal();
    return () => {
      element?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  const onClick = (event: Event) => {
    if (event.target === dialog.current) onClose();
  };
  return (
    <dialog
      ref={dialog}
      class={wide ? "wide" : ""}
      aria-labelledby={heading}
      onClick={onClick}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div class="dialog-body">
        <header>
          <h2 id={heading}>{title}</h2>
          <button type="button" class="quiet icon" aria-label="Close" onClick={onClose}>
            ✕
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}

interface ConfirmProps {
  title: string;
  action: string;
  children: ComponentChildren;
  onConfirm: () => Promise<void>;
  onClose: () => void;
}

/* Asks before something that cannot be undone, and stays open with the reason when it fails. */
export function Confirm({ title, action, children, onConfirm, onClose }: ConfirmProps) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | undefined>();
  const confirm = async () => {
    setBusy(true);
    try {
      await onConfirm();
      onClose();
    } catch (error) {
      setFailure(messageOf(error));
      setBusy(false);
    }
  };
  return (
    <Modal title={title} onClose={onClose}>
      {children}
      <Failure text={failure} />
      <footer class="actions">
        <button type="button" onClick={onClose}>
          Cancel
        </button>
        <button type="button" class="danger" disabled={busy} onClick={() => void confirm()}>
          {action}
        </button>
      </footer>
    </Modal>
  );
}

interface FigureProps {
  title: string;
  note?: ComponentChildren;
  controls?: ComponentChildren;
  table: () => ComponentChildren; /* made only while shown */
  children: ComponentChildren;
  name: string; /* tells figures of a page apart: "scores" */
}

/* A plot together with the same content as a table, one button apart. */
export function Figure({ title, note, controls, table, children, name }: FigureProps) {
  const [asTable, setAsTable] = useState(false);
  const body = useId();
  return (
    <section class="panel" data-figure={name} aria-label={title}>
      <header class="panel-head">
        <h2>{title}</h2>
        {note ? <span class="muted">{note}</span> : null}
        <span class="grow" />
        {controls}
        <button
          type="button"
          class="quiet"
          aria-pressed={asTable}
          aria-controls={body}
          onClick={() => setAsTable(!asTable)}
        >
          {asTable ? "Plot" : "Table"}
        </button>
      </header>
      <div id={body} class="panel-body">
        <div hidden={asTable}>{children}</div>
        {asTable ? table() : null}
      </div>
    </section>
  );
}
