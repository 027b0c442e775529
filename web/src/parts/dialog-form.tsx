/* dialog-form.tsx: a dialog that asks for something and stays open with the reason when it fails.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { messageOf } from "../api/client";
import { Failure, Modal } from "./parts";

interface DialogFormProps {
  title: string;
  action: string;
  wide?: boolean;
  disabled?: boolean;
  onSubmit: () => Promise<void>; /* the dialog closes when it went well */
  onClose: () => void;
  children: ComponentChildren;
  extra?: ComponentChildren; /* beside the buttons */
}

export function DialogForm(props: DialogFormProps) {
  const { title, action, wide, disabled, onSubmit, onClose, children, extra } = props;
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | undefined>();
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setFailure(undefined);
    try {
      await onSubmit();
      onClose();
    } catch (error) {
      setFailure(messageOf(error));
      setBusy(false);
    }
  };
  return (
    <Modal title={title} onClose={onClose} wide={wide ?? false}>
      <form
        onSubmit={(event) => void submit(event)}
        onInput={() => setFailure(undefined)}
        noValidate
      >
        {children}
        <Failure text={failure} />
        <footer class="actions">
          {extra}
          <span class="grow" />
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={busy || (disabled ?? false)}>
            {action}
          </button>
        </footer>
      </form>
    </Modal>
  );
}
