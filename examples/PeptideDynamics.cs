using MolSampling.Molecular.ForceFields.ForceFieldXml;
using MolSampling.Molecular.Peptides;
using MolSampling.Molecular.Topologies;
using MolSampling.Potentials;
using MolSampling.Potentials.Classical;
using MolSampling.Sampling;
using MolSampling.Sampling.Dynamics;
using MolSampling.Sampling.Kernels.Integrators;

namespace MolSampling.Examples;

/// <summary>Langevin dynamics of 64 replicas of alanine dipeptide in implicit solvent, in the lanes of the engine.</summary>
internal static class PeptideDynamics
{
    public static void Run()
    {
        Structure peptide = PeptideBuilder.Build("ACE-ALA-NME");
        ClassicalSystem system = ForceField.Load("ff14SB", "obc2").Parameterize(peptide.Topology, hydrogenMass: 3);
        var potential = new ForceFieldPotential(system.ToEngine());
        using var dynamics = new EngineDynamics(potential, system.Masses, new LangevinDynamics(system.Masses, stepSize: 0.002, friction: 5, steps: 100), replicas: 64, new RandomSource(1));
        for (int m = 0; m < dynamics.Replicas; m++)
        {
            dynamics.SetTemperature(m, 300);
            dynamics.SetState(m, peptide.Positions, new double[peptide.Positions.Length]);
        }
        dynamics.Minimise(500, default);
        for (int m = 0; m < dynamics.Replicas; m++)
            dynamics.DrawVelocities(m, 300, new RandomSource(2), 0);
        dynamics.Refresh();

        double[] means = new double[dynamics.Replicas]; // one a replica: they are independent, frames of one replica are not
        const int frames = 50, discarded = 25;
        for (int frame = 0; frame < frames; frame++)
        {
            dynamics.Run(100);
            for (int m = 0; m < means.Length && frame >= discarded; m++)
                means[m] += dynamics.PotentialEnergy(m) / (frames - discarded);
        }
        double mean = means.Average(), error = Math.Sqrt(means.Sum(u => (u - mean) * (u - mean)) / (means.Length - 1) / means.Length);
        Console.WriteLine(FormattableString.Invariant($"potential energy {mean:f2} ± {error:f2} kJ/mol at 300 K, {potential.Lanes} lanes"));
    }
}
