// Only the accounting month closes; what comes later is an adjustment in the open month that points back.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
rules starter
2026-10-30
09:00 start A001 window 7 by ZhangWei
09:10 end A001
10:00 rate - 5 by ZhangWei
10:01 rate - 5 by ZhangWei
10:02 rate - 5 by ZhangWei
10:03 rate - 5 by ZhangWei
10:04 rate - 5 by ZhangWei
2026-11-01
01:00 period 2026-10-30 ends
01:00 month 2026-10 closes refused "has not ended"
01:00 period 2026-10 ends
01:00 month 2026-W44 closes refused "only an accounting month"
02:00 month 2026-10 closes
2026-10-30
09:35 end A002 // late, of a closed month
09:00 start A002 window 7 by ZhangWei
10:05 rate - 1 by ZhangWei
2026-11-02
01:00 discard A002
2026-10-30
09:08 step C9
2026-11-02
02:00 period 2026-11 ends
03:00 month 2026-11 closes
04:00 discard A001
---
#1 +5 ZhangWei service-time booked 2026-10
#2 +10 ZhangWei satisfaction for 2026-10-30 booked 2026-10
#3 -3 ZhangWei service-time adjustment on 2026-10-30 booked 2026-11
#4 -15 ZhangWei satisfaction for 2026-10-30 adjusts #2 booked 2026-11 — from +10 to −5
#5 +3 ZhangWei service-time adjusts #3 booked 2026-11
#6 -5 ZhangWei service-time adjusts #1 booked 2026-12
held A001 discarded
held A002 discarded
