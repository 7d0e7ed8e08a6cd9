// Adopted suggestion +15; an error in the materials is the accepting clerk's; complaints give no points by themselves.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
rules starter
2026-11-23
09:00 suggest ZhangWei adoption hall title "少跑一趟"
09:00 accept C1 by ZhangWei
09:10 supplement C1 by LiNa fault clerk
09:20 material C1 m1 fault clerk
09:30 material C1 m2 fault applicant
10:00 complete C1 by LiNa
10:10 complain - by LiNa category delay confirmed yes
---
#1 +15 ZhangWei suggestion dimension innovation
#2 -4 ZhangWei material-error — two errors, whoever finished the case
