namespace MolSampling.Jobs.Simulation.Export;

/// <summary>What a trajectory can be exported as; the file's extension is the name in lower case.</summary>
public enum TrajectoryFormat
{
    /// <summary>CHARMM, NAMD: Angstrom, single precision.</summary>
    Dcd,

    /// <summary>GROMACS: nm, compressed on a grid of 0.001 nm.</summary>
    Xtc,

    /// <summary>Text, a model for each frame, with bonds.</summary>
    Pdb,

    /// <summary>Text, a record for each frame, with bond orders and energies.</summary>
    Sdf,
}
