// The first file of this test target.
