// A cap is a clamp people can see: provisional until its period ends, then posted.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
rules caps
| [[rule]]
| id = "busy"
| title = "件数"
| dimension = "efficiency"
| on = "service"
| subject = "person"
| points = 3
| cap = { per = "day", max = 7 }
2026-11-23
09:00 start A001 window 7 by ZhangWei
09:10 end A001
10:00 start A002 window 7 by ZhangWei
10:10 end A002
11:00 start A003 window 7 by ZhangWei
11:10 end A003
2026-11-24
09:00 start A004 window 7 by ZhangWei
09:10 end A004
10:00 start A005 window 7 by ZhangWei
10:10 end A005
11:00 start A006 window 7 by ZhangWei
11:10 end A006
2026-11-25
01:00 period 2026-11-23 ends
2026-11-23
12:00 start A007 window 7 by ZhangWei // late: the clamp takes that too
12:10 end A007
13:00 discard A001
13:00 discard A002
---
#1 +3 ZhangWei busy
#2 +3 ZhangWei busy
#3 +3 ZhangWei busy
#4 +3 ZhangWei busy on 2026-11-24
#5 +3 ZhangWei busy
#6 +3 ZhangWei busy
#7 -2 ZhangWei busy for 2026-11-23 clamp facts 3
#8 +3 ZhangWei busy — A007
#9 +2 ZhangWei busy for 2026-11-23 reverses #7
#10 -5 ZhangWei busy for 2026-11-23 clamp facts 4
#11 -3 ZhangWei busy reverses #1
#12 +5 ZhangWei busy for 2026-11-23 reverses #10
#13 -2 ZhangWei busy for 2026-11-23 clamp
#14 -3 ZhangWei busy reverses #2
#15 +2 ZhangWei busy for 2026-11-23 reverses #13
provisional -2 ZhangWei busy for 2026-11-24
held A001 discarded
held A002 discarded
