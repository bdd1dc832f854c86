"""zhenshu: township workbooks in, checked figures and pages out."""
