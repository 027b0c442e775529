/* sqlite_statements.c: every SQL text of the store in one table.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sqlite_inside.h"

const char *const sqlite_texts[SQL_STATEMENTS] = {
    [SQL_NOTE_PUT] = "INSERT OR REPLACE INTO note(name, bytes) VALUES(?1, ?2)",
    [SQL_CUSTOMER_ADD] = "INSERT INTO customer(cid, sealed) VALUES(?1, ?2)",
    [SQL_CUSTOMER_CHANGE] = "UPDATE customer SET sealed = ?2 WHERE cid = ?1",
    [SQL_CUSTOMER_REMOVE] = "DELETE FROM customer WHERE cid = ?1",
    [SQL_PROJECT_ADD] = "INSERT INTO project(cid, pid, head) VALUES(?1, ?2, ?3)",
    [SQL_PROJECT_CHANGE] = "UPDATE project SET pid = ?2, head = ?3 WHERE id = ?1",
    [SQL_PROJECT_REMOVE] = "DELETE FROM project WHERE id = ?1",
    [SQL_PROJECT_REMOVE_MODELS] = "DELETE FROM model WHERE project = ?1",
    [SQL_PROJECT_REMOVE_POSITIONS] = "DELETE FROM position WHERE project = ?1",
    [SQL_ENTRY_ADD] =
        "INSERT INTO entry(project, sequence, kind, rejected_cells, rejected_rows, bytes) "
        "VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
    [SQL_POSITION_PUT] =
        "INSERT OR REPLACE INTO position(project, source, topic, partition, position, epoch) "
        "VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
    [SQL_SNAPSHOT_NEW] = "INSERT INTO snapshot(project) VALUES(?1)",
    [SQL_CHUNK_ADD] = "INSERT INTO chunk(snapshot, part, bytes) VALUES(?1, ?2, ?3)",
    [SQL_SNAPSHOT_USE] = "UPDATE project SET snapshot = ?2, sequence = ?3 WHERE id = ?1",
    [SQL_MODEL_PUT] =
        "INSERT OR REPLACE INTO model(project, model_id, bytes, recipe) VALUES(?1, ?2, ?3, ?4)",
    [SQL_MODEL_REMOVE] = "DELETE FROM model WHERE project = ?1 AND model_id = ?2",
    [SQL_DOCUMENT_PUT] =
        "INSERT OR REPLACE INTO document(cid, kind, name, bytes) VALUES(?1, ?2, ?3, ?4)",
    [SQL_DOCUMENT_REMOVE] = "DELETE FROM document WHERE cid = ?1 AND kind = ?2 AND name = ?3",
    [SQL_TRIM_ENTRIES] =
        "DELETE FROM entry WHERE project = ?1 AND sequence IN (SELECT sequence FROM entry "
        "WHERE project = ?1 AND sequence <= ?2 ORDER BY sequence LIMIT ?3)",
    [SQL_TIDY_ENTRIES] =
        "DELETE FROM entry WHERE (project, sequence) IN (SELECT e.project, e.sequence FROM entry e "
        "LEFT JOIN project p ON p.id = e.project WHERE p.id IS NULL OR e.sequence <= p.sequence "
        "LIMIT ?1)",
    [SQL_TIDY_CHUNKS] =
        "DELETE FROM chunk WHERE (snapshot, part) IN (SELECT c.snapshot, c.part FROM chunk c "
        "WHERE c.snapshot NOT IN (SELECT snapshot FROM project) LIMIT ?1)",
    [SQL_TIDY_SNAPSHOTS] =
        "DELETE FROM snapshot WHERE id IN (SELECT s.id FROM snapshot s WHERE s.id NOT IN "
        "(SELECT snapshot FROM project) AND s.id NOT IN (SELECT snapshot FROM chunk) LIMIT ?1)",
    [SQL_NOTE_GET] = "SELECT bytes FROM note WHERE name = ?1",
    [SQL_CUSTOMER_GET] = "SELECT sealed FROM customer WHERE cid = ?1",
    [SQL_CUSTOMERS] = "SELECT cid FROM customer ORDER BY cid",
    [SQL_PROJECTS] = "SELECT id, cid, pid, head, snapshot, sequence FROM project ORDER BY id",
    [SQL_PROJECT_GET] = "SELECT id, cid, pid, head, snapshot, sequence FROM project WHERE id = ?1",
    [SQL_CHUNKS] = "SELECT bytes FROM chunk WHERE snapshot = ?1 ORDER BY part",
    [SQL_ENTRIES] = "SELECT sequence, kind, rejected_cells, rejected_rows, bytes FROM entry "
                    "WHERE project = ?1 AND sequence > ?2 ORDER BY sequence",
    [SQL_POSITIONS] = "SELECT source, topic, partition, position, epoch FROM position "
                      "WHERE project = ?1 ORDER BY source, topic, partition",
    [SQL_MODELS] = "SELECT model_id, bytes, recipe FROM model WHERE project = ?1 ORDER BY model_id",
    [SQL_DOCUMENTS] =
        "SELECT cid, name, bytes FROM document WHERE kind = ?1 AND cid = ?2 ORDER BY name",
    [SQL_DOCUMENTS_OF_ALL] =
        "SELECT cid, name, bytes FROM document WHERE kind = ?1 ORDER BY cid, name",
};
