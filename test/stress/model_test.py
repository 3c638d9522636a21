#!/usr/bin/env python3
"""The model notices what it is for. A line for each promise that a node may break."""
import pathlib
import random
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import documents  # noqa: E402
from catalog import Register  # noqa: E402
from check import Found, check_read, check_refusal, settle  # noqa: E402
from live_cluster import Wrong  # noqa: E402
from model import DONE, REFUSED, UNKNOWN, Model  # noqa: E402

CONFLICT = "version_conflict_engine_exception"


def done(seq, version, result, term=1):
    return {"_seq_no": seq, "_version": version, "_primary_term": term, "result": result}


class Histories(unittest.TestCase):
    def setUp(self):
        self.model = Model()
        self.index = self.model.add("i", volatile=False)
        self.document = self.index.document("d")

    def write(self, kind="index", a=None, b=None, condition=None):
        return self.model.begin(self.document, kind, a, b, condition)

    def stored(self, seq, version, result="created", kind="index", a=None, b=None, condition=None):
        write = self.write(kind, a, b, condition)
        self.model.done(write, done(seq, version, result))
        return write

    def read(self, found, begin=None):
        check_read(self.document, self.model.tick() if begin is None else begin, self.index.epoch, found)

    def wrong(self, what, function, *arguments):
        with self.assertRaisesRegex(Wrong, what):
            function(*arguments)

    def test_what_was_acknowledged_last_is_there(self):
        self.stored(0, 1, a=1)
        self.stored(1, 2, "updated", "update", b=2)
        settle(self.document, Found(1, 1, 2, 1, 2))
        self.stored(2, 3, "deleted", "delete")
        settle(self.document, None)
        self.assertFalse(self.document.base.exists)

    def test_a_lost_document_is_noticed(self):
        self.stored(0, 1, a=1)
        self.wrong("is lost", settle, self.document, None)

    def test_a_lost_update_is_noticed(self):
        self.stored(0, 1, a=1)
        self.stored(1, 2, "updated", "update", b=2)
        self.wrong("is lost", settle, self.document, Found(0, 1, 1, 1, None))

    def test_a_lost_section_is_noticed(self):
        self.stored(0, 1, a=1)
        self.stored(1, 2, "updated", "update", b=2)
        self.wrong("should be", settle, self.document, Found(1, 1, 2, None, 2))

    def test_a_deleted_document_that_is_back_is_noticed(self):
        self.stored(0, 1, a=1)
        self.stored(1, 2, "deleted", "delete")
        self.wrong("is lost", settle, self.document, Found(0, 1, 1, 1, None))

    def test_an_unknown_write_may_be_there_or_not(self):
        for found in (Found(0, 1, 1, 1, None), Found(1, 1, 2, 2, None), None):
            self.setUp()
            self.stored(0, 1, a=1)
            self.model.unknown(self.write(a=2), "lost")
            self.model.unknown(self.write("delete"), "lost")
            settle(self.document, found)

    def test_a_refused_write_that_is_there_is_noticed(self):
        self.model.refused(self.write(a=1), "not executed")
        self.wrong("no write explains", settle, self.document, Found(0, 1, 1, 1, None))

    def test_a_reader_that_saw_a_write_that_is_refused_later_is_noticed(self):
        write = self.write(a=1)
        self.read(Found(0, 1, 1, 1, None))
        self.model.refused(write, "not executed")
        self.wrong("saw what was refused", settle, self.document, None)

    def test_stale_reads_are_noticed(self):
        self.stored(0, 1, a=1)
        self.stored(1, 2, "updated", a=2)
        self.wrong("stale", self.read, Found(0, 1, 1, 1, None))
        self.wrong("does not find", self.read, None)

    def test_a_read_beside_writes_may_see_either(self):
        self.stored(0, 1, a=1)
        begin = self.model.tick()
        write = self.write("delete")
        self.read(None, begin)
        self.read(Found(0, 1, 1, 1, None), begin)
        self.model.done(write, done(1, 2, "deleted"))
        self.read(None)
        self.wrong("stale", self.read, Found(0, 1, 1, 1, None))

    def test_a_phantom_is_noticed(self):
        self.wrong("never written", self.read, Found(0, 1, 1, 77, None))
        self.wrong("no write explains", settle, self.document, Found(0, 1, 1, 77, None))

    def test_a_sequence_number_is_given_once(self):
        self.stored(3, 1, a=1)
        self.stored(3, 2, "updated", a=2)
        self.wrong("two writes have seq", settle, self.document, Found(3, 1, 2, 2, None))

    def test_versions_have_no_gap_that_no_write_explains(self):
        self.stored(0, 1, a=1)
        self.stored(5, 3, "updated", a=2)
        self.wrong("version", settle, self.document, Found(5, 1, 3, 2, None))

    def test_an_unknown_write_explains_a_gap_of_versions(self):
        self.stored(0, 1, a=1)
        self.model.unknown(self.write(a=9), "lost")
        self.stored(5, 3, "updated", a=2)
        settle(self.document, Found(5, 1, 3, 2, None))

    def test_a_write_is_ordered_after_what_was_answered_before_it(self):
        self.stored(7, 2, "updated", a=1)
        self.stored(3, 1, a=2)
        self.wrong("answered before", settle, self.document, Found(7, 1, 2, 1, None))

    def test_a_condition_that_did_not_hold_is_noticed(self):
        self.stored(0, 1, a=1)
        self.stored(1, 2, "updated", a=2)
        self.stored(2, 3, "updated", a=3, condition=(0, 1))
        self.wrong("condition", settle, self.document, Found(2, 1, 3, 3, None))

    def test_a_conflict_needs_another_writer(self):
        self.stored(0, 1, a=1)
        write = self.write(a=2, condition=(0, 1))
        self.model.refused(write, "409")
        self.wrong("nobody else wrote", check_refusal, write, 409, CONFLICT)
        other = self.write(a=3)
        write = self.write(a=2, condition=(0, 1))
        self.model.refused(write, "409")
        check_refusal(write, 409, CONFLICT)
        self.assertNotEqual(other.state, REFUSED)

    def test_an_update_finds_what_is_there(self):
        self.stored(0, 1, a=1)
        write = self.write("update", b=2)
        self.model.refused(write, "404")
        self.wrong("does not find", check_refusal, write, 404, "document_missing_exception")


class Deletions(Histories):
    """All of the above holds in an index that is deleted now and then, and more."""

    def setUp(self):
        super().setUp()
        self.index.volatile = True

    def test_documents_of_a_deleted_index_are_gone(self):
        self.stored(0, 1, a=1)
        self.index.begin_deletion()
        self.index.end_deletion(DONE)
        self.wrong("deleted with its index", self.read, Found(0, 1, 1, 1, None))
        self.wrong("no write explains", settle, self.document, Found(0, 1, 1, 1, None))
        settle(self.document, None)

    def test_a_write_beside_a_deletion_may_be_in_the_next_index(self):
        for found in (None, Found(0, 1, 1, 1, None)):
            self.setUp()
            write = self.write(a=1)
            self.index.begin_deletion()
            self.model.done(write, done(0, 1, "created"))
            self.index.end_deletion(DONE)
            self.assertEqual(write.state, UNKNOWN)
            settle(self.document, found)

    def test_a_write_behind_a_deletion_is_there(self):
        self.index.begin_deletion()
        self.index.end_deletion(DONE)
        self.stored(0, 1, a=1)
        self.wrong("is lost", settle, self.document, None)

    def test_a_deletion_with_an_unknown_outcome_may_have_happened(self):
        for found in (None, Found(0, 1, 1, 1, None)):
            self.setUp()
            self.stored(0, 1, a=1)
            self.index.begin_deletion()
            self.index.end_deletion(UNKNOWN)
            settle(self.document, found)


class Sections(unittest.TestCase):
    def test_torn_documents_are_noticed(self):
        rng = random.Random(1)
        text = documents.filler(rng, documents.make_pool(rng))
        whole = {"a": 1, "ax": text, "ac": documents.checksum("d", 1, text)}
        self.assertEqual(documents.tokens_of("d", whole), (1, None))
        for torn in ({**whole, "ax": text[:-1]}, {**whole, "a": 2}, {"ax": text}, {}, {**whole, "af": "n1"}):
            with self.assertRaises(documents.Torn):
                documents.tokens_of("d", torn)
        with self.assertRaises(documents.Torn):
            documents.tokens_of("e", whole)


class Registers(unittest.TestCase):
    def test_the_last_acknowledged_value_is_there(self):
        register = Register()
        register.end(DONE, "x")
        register.end(REFUSED, "y")
        for value in (None, "y"):
            with self.assertRaises(Wrong):
                register.settle("alias", value)
        register.end(UNKNOWN, "z")
        register.settle("alias", "z")
        with self.assertRaises(Wrong):
            register.settle("alias", "x")


if __name__ == "__main__":
    unittest.main()
