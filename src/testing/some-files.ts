/** Some test files in one process. Usage: node build/src/testing/some-files.js NAME FILE… */
const files = process.argv.slice(3)
// tap names the folders of fixtures after the words of the command line: the name alone tells the processes apart, and
// all files together make a name that is too long for a folder.
process.argv.length = 3
for (const file of files) await import(file)
export {}
