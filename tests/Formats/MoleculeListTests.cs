namespace MolSampling.Tests.Formats;

/// <summary>Lists before chemistry looks at them.</summary>
public sealed class MoleculeListTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-lists-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [Fact]
    public void Names_are_made_unique_without_taking_one_that_is_there()
    {
        var list = MoleculeList.Open(Write("l.smi", "O a\nN a\nC a (2)\n# no entry\nCC a\nCCC\nCCC\n"));
        Assert.Equal((6, 3), (list.Count, list.Renamed));
        Assert.Equal(["a", "a (3)", "a (2)", "a (4)", "CCC", "CCC (2)"], list.Entries().Select(e => e.Entry.Name));
        Assert.Equal([1, 2, 3, 5, 6, 7], list.Entries().Select(e => e.Entry.Line));
        Assert.Equal("a (3)", list.Entries().ElementAt(1).Entry.Parse().Molecule!.Molecule.Name);
    }

    [Fact]
    public void A_wrong_entry_counts_and_is_found_out_only_when_it_is_parsed()
    {
        var list = MoleculeList.Open(Write("l.smi", "O a\nC1CC b\nN c\n"));
        MoleculeEntry[] entries = [.. list.Entries().Select(e => e.Entry)];
        Assert.Equal((3, "b"), (list.Count, entries[1].Name));
        Assert.Throws<MoleculeFormatException>(() => entries[1].Read("b"));
        Assert.Contains("l.smi, line 2", entries[1].Parse().Error, StringComparison.Ordinal);
        Assert.NotNull(entries[2].Parse().Molecule);
    }

    [Fact]
    public void The_hash_is_that_of_the_content()
    {
        string first = MoleculeList.Open(Write("a.smi", "O\n")).Hash;
        Assert.Equal(first, MoleculeList.Open(Write("b.smi", "O\n")).Hash);
        Assert.NotEqual(first, MoleculeList.Open(Write("a.smi", "N\n")).Hash);
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
