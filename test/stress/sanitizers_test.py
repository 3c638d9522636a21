#!/usr/bin/env python3
"""Which reports of the sanitizers count."""
import unittest

from sanitizers import Reports

ELSEWHERE = ["  Read of size 8 at 0x7208 by thread T35 (mutexes: write M0):",
             "    #0 memcmp <null> (quell+0x3906c0) (BuildId: a7)",
             "    #1 std::_Hashtable<std::string>::find(std::string const&) record.cc (quell+0xc9) (BuildId: a7)",
             ""]
OURS = ["  Previous write of size 8 at 0x7208 by thread T33:",
        "    #0 memcpy <null> (quell+0x37fc0e) (BuildId: a7)",
        "    #1 tasks::Loop::Run() /quell/build/tsan/../../src/tasks/run/loop.cc:42:3 (quell+0x48) (BuildId: a7)",
        ""]
CALLED_BY_US = ["  Previous write of size 8 at 0x7208 by thread T41 (mutexes: write M1):",
                "    #0 memcpy <null> (quell+0x37fc0e) (BuildId: a7)",
                "    #1 void std::string::_M_construct<char*>(char*, char*) (.isra.0) record.cc (quell+0xc9) (BuildId: a7)",
                "    #2 engine::Documents::Read() const /quell/src/engine/documents.cc:7:3 (quell+0x1) (BuildId: a7)",
                ""]
CREATED = ["  Thread T35 (tid=16489, running) created by main thread at:",
           "    #0 server::NodeProcess::Start() /quell/build/tsan/../../src/server/node_process.cc:442:3",
           "", "SUMMARY: ThreadSanitizer: data race in memcmp", "=================="]
RACE = "WARNING: ThreadSanitizer: data race (pid=16452)"


class OfALog(unittest.TestCase):
    def read(self, *lines):
        reports = Reports()
        for line in lines:
            reports.heed(line + "\n")
        return reports

    def test_a_race_counts_when_one_of_its_accesses_is_ours(self):
        for accesses in (OURS + ELSEWHERE, ELSEWHERE + OURS):
            self.assertEqual(self.read(RACE, *accesses, *CREATED).found, [RACE])

    def test_a_race_between_accesses_of_others_is_counted_apart(self):
        for accesses in (ELSEWHERE + ELSEWHERE, ELSEWHERE + CALLED_BY_US, CALLED_BY_US + CALLED_BY_US):
            reports = self.read(RACE, *accesses, *CREATED)
            self.assertEqual((reports.found, reports.elsewhere), ([], 1))

    def test_a_race_cut_off_by_the_end_of_its_process_hides_no_later_one(self):
        reports = self.read(RACE, *ELSEWHERE, '{"message":"started"}', RACE, *OURS)
        self.assertEqual((reports.found, reports.elsewhere), ([RACE], 1))

    def test_every_other_report_counts(self):
        for report in ("==7==ERROR: AddressSanitizer: heap-use-after-free", "==7==ERROR: LeakSanitizer: leaks",
                       "src/a.cc:3:5: runtime error: signed integer overflow",
                       "WARNING: ThreadSanitizer: lock-order-inversion (potential deadlock) (pid=7)"):
            self.assertEqual(self.read(report).found, [report])


if __name__ == "__main__":
    unittest.main()
