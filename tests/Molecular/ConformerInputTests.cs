using MolSampling.Jobs.Conformers;
using MolSampling.Jobs.Running;

namespace MolSampling.Tests.Molecular;

/// <summary>Inputs that conformer programs are known to stumble over.</summary>
public sealed class ConformerInputTests
{
    [Theory]
    [InlineData("C1CCCCCCCCC1", 10)]
    [InlineData("C1CCOCCOCCOCCOCCO1", 16)]
    public void A_macrocycle_is_sampled_and_flagged(string smiles, int ring)
    {
        ConformerResult result = Sample(smiles, 4);
        Assert.NotEqual(ConformerStatus.Failed, result.Status);
        Assert.Contains(result.Notes, n => n.Contains($"macrocycle (ring of {ring} atoms)", StringComparison.Ordinal)
            && n.Contains("incomplete", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("C1CCCCCCCC1", "macrocycle")] // a ring of nine
    [InlineData("CCN", "net ")]
    public void What_is_no_macrocycle_and_has_no_charge_is_not_called_so(string smiles, string word) =>
        Assert.DoesNotContain(ConformerRuns.Of(smiles, new() { Method = ConformerMethod.Etkdg, Samples = 5 }).Notes, n => n.Contains(word,
            StringComparison.Ordinal));

    [Fact]
    public void Without_rotors_there_is_one_conformer()
    {
        ConformerResult result = Sample("C1=CC=CC=C1", 6);
        Assert.Equal(0, result.RotatableBonds);
        Assert.Equal(1, Assert.Single(result.Basins).Population);
        Assert.Empty(result.Torsions);
    }

    [Fact]
    public void Twenty_rotors_give_many_conformers_and_the_reason_why_they_are_not_all()
    {
        ConformerResult result = Sample("CCOCCOCCOCCOCCOCCOCCOCC", 6);
        Assert.Equal(20, result.RotatableBonds);
        Assert.Equal(ConformerStatus.Partial, result.Status);
        Assert.Contains("time limit", result.Reason, StringComparison.Ordinal);
        Assert.True(result.Basins.Count > 50, $"{result.Basins.Count} basins");
        Assert.Equal(20, result.Torsions.Count);
    }

    [Theory]
    [InlineData("CC[NH3+]", "net +1")]
    [InlineData("CC(=O)[O-]", "net -1")]
    [InlineData("[NH3+]CC(=O)[O-]", "net 0")]
    public void Charges_are_kept_as_given_and_said(string smiles, string said)
    {
        ConformerResult result = Sample(smiles, 3);
        Assert.NotEqual(ConformerStatus.Failed, result.Status);
        Assert.Contains(result.Notes, n => n.Contains(said, StringComparison.Ordinal));
        using var rdkit = RDKitMolecule.FromSmiles(smiles);
        Assert.Equal(rdkit.Molecule.Smiles, rdkit.SmilesOf(result.Basins[0].Representative)); // no proton has moved
    }

    [Theory]
    [InlineData("C[Mg]Br", "2 (Mg)")]
    [InlineData("CC[Zn]CC", "3 (Zn)")]
    [InlineData("N[Pt](N)(Cl)Cl", "2 (Pt)")]
    [InlineData("CC(=O)O[Na]", "5 (Na)")]
    [InlineData("[Cu]", "1 (Cu)")]
    public void Metals_are_refused_by_the_name_of_the_atom(string smiles, string atom)
    {
        ConformerResult result = Sample(smiles, 2);
        Assert.Equal(ConformerStatus.Failed, result.Status);
        Assert.True(result.IsInputError);
        Assert.Contains(atom, result.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CC(F)(Cl)C=CC", 2)]
    [InlineData("C[C@H](F)C(F)Cl", 1)]
    public void Open_stereo_is_said_element_by_element_and_one_isomer_is_sampled(string smiles, int open)
    {
        ConformerResult result = Sample(smiles, 3);
        string note = Assert.Single(result.Notes, n => n.StartsWith("stereo not specified at ", StringComparison.Ordinal));
        Assert.Equal(open, note.Split(": the isomer")[0].Split(", ").Length);
        using var sampled = RDKitMolecule.FromSmiles(note.Split("sampled is ")[1]);
        using var given = RDKitMolecule.FromSmiles(smiles);
        Assert.DoesNotContain(sampled.Molecule.Atoms, a => a.Chirality == '?');
        Assert.All(result.Basins, b => Assert.Equal(sampled.Molecule.Smiles, given.SmilesOf(b.Representative)));
    }

    [Theory]
    [InlineData("CCO.O", 2)]
    [InlineData("CC(=O)[O-].[Na+]", 2)]
    [InlineData("C.C.C", 3)]
    public void Fragments_are_refused_with_their_number(string smiles, int fragments)
    {
        ConformerResult result = Sample(smiles, 2);
        Assert.True(result.IsInputError);
        Assert.Contains($"{fragments} disconnected fragments", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_time_limit_is_hard() => SampleWithinLimits("CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC"); // 33 rotors

    /// <summary>A ring's limit is hard as well. Loops run on threads of our own: what others do with the pool costs neither the limit nor
    /// the samples.</summary>
    [Fact]
    public async Task A_time_limit_holds_while_every_thread_of_the_pool_is_busy()
    {
        using var busy = new ManualResetEventSlim();
        // timers of the runtime fire on threads of the pool: where these are all taken, a limit by them would come minutes late
        Task[] others = [.. Enumerable.Range(0, 256).Select(_ => Task.Run(busy.Wait))];
        try
        {
            SampleWithinLimits("C1CCCCCCCCCCCCCCC1");
        }
        finally
        {
            busy.Set();
            await Task.WhenAll(others);
        }
    }

    /// <summary>
    /// A limit ends the run whatever has been reached. How much that is depends on what else this machine does: limits grow until one
    /// leaves time for samples, and each of them is kept, by what was found if anything was, with the limit as the reason if not.
    /// </summary>
    private static void SampleWithinLimits(string smiles)
    {
        ConformerResult result;
        double limit = 6;
        do
        {
            var clock = Stopwatch.StartNew();
            result = Sample(smiles, limit);
            Assert.Contains("time limit", result.Reason, StringComparison.Ordinal);
            // 1 s beyond where no other tests run beside this one; minutes without a limit
            Assert.True(clock.Elapsed.TotalSeconds < 2 * limit + 6, $"{clock.Elapsed.TotalSeconds:f1} s of {limit} s");
            Assert.Equal(result.Basins.Count > 0 ? ConformerStatus.Partial : ConformerStatus.Failed, result.Status);
            limit *= 2;
        }
        while (result.Basins.Count == 0 && limit < 200);
        Assert.True(result.Basins.Count > 0, result.Reason);
    }

    private static ConformerResult Sample(string smiles, double seconds)
    {
        using var rdkit = RDKitMolecule.FromSmiles(smiles);
        return new ConformerSampler(new ConformerOptions { TimeLimit = TimeSpan.FromSeconds(seconds), Samples = 200 }).Run(rdkit, smiles);
    }
}
